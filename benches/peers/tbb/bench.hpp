// What the programs on oneTBB share: their arguments, their threads, and what the harness wants to see.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

namespace bench {

using Int = std::int64_t;
using Clock = std::chrono::steady_clock;

// The command line after the program's name: N, then what gives the row its shape.
class Arguments {
public:
    Arguments(int count, char** texts) : count(count), texts(texts) {}

    // The number at this place: N at 0.
    Int at(int place) const {
        if (place + 1 >= count) {
            std::fprintf(stderr, "usage: %s N ...\n", texts[0]);
            std::exit(2);
        }
        return std::atoll(texts[place + 1]);
    }

    // The same, or what holds without it.
    Int at_or(int place, Int otherwise) const { return place + 1 < count ? at(place) : otherwise; }

private:
    int count;
    char** texts;
};

// Threads that may run tasks, the calling one among them: BENCH_WORKERS of the environment.
inline int workers() {
    const char* text = std::getenv("BENCH_WORKERS");
    return text ? std::atoi(text) : 2;
}

// Calls work where so many threads run tasks. All have started by then, as Wyn's and Go's have when `main` begins: as many
// tasks wait for each other, for a second at most.
template <typename Work> void on_workers(Work work) {
    const int threads = workers();
    tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    tbb::task_arena arena(threads);
    arena.execute([&] {
        std::atomic<int> arrived{0};
        const auto patience = Clock::now() + std::chrono::seconds(1);
        tbb::task_group all;
        for (int i = 0; i < threads; ++i) {
            all.run([&] {
                ++arrived;
                while (arrived < threads && Clock::now() < patience) std::this_thread::yield();
            });
        }
        all.wait();
        work();
    });
}

// Calls a function with N, and tells the nanoseconds that it took.
template <typename Work> Int timed(Work work, Int n, Int& value) {
    const auto start = Clock::now();
    value = work(n);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
}

// Calls work with N, and prints its check value and the time it took; what comes `before` is not timed.
template <typename Work, typename Before> void run(const Arguments& arguments, Work work, Before before) {
    on_workers([&] {
        before();
        Int check;
        const Int nanos = timed(work, arguments.at(0), check);
        std::printf("check: %lld\ntime_ns: %lld\n", (long long)check, (long long)nanos);
    });
}

template <typename Work> void run(const Arguments& arguments, Work work) {
    run(arguments, work, [] {});
}

// Calls the serial form of the work, which tells what there is to do, and then the one that is measured.
template <typename Serial, typename Work> void run_both(const Arguments& arguments, Serial serial, Work work) {
    on_workers([&] {
        Int want, check;
        const Int alone = timed(serial, arguments.at(0), want);
        const Int nanos = timed(work, arguments.at(0), check);
        std::printf("check: %lld, %lld\n", (long long)(check - want), (long long)check);
        std::printf("time_ns: %lld\nserial_ns: %lld\n", (long long)nanos, (long long)alone);
    });
}

// N results, each to be written by its task.
inline std::unique_ptr<Int[]> results(Int n) { return std::unique_ptr<Int[]>(new Int[n]); }

} // namespace bench
