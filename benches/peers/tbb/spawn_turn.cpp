// Starts a task and waits for it, N times.
#include "bench.hpp"

using bench::Int;

[[gnu::noinline]] static Int task(Int n) { return n & 7; }

int main(int count, char** texts) {
    bench::run(bench::Arguments(count, texts), [](Int n) {
        tbb::task_group group;
        Int sum = 0;
        for (Int i = 0; i < n; ++i) {
            Int result;
            group.run([&result, i] { result = task(i); });
            group.wait();
            sum += result;
        }
        return sum;
    });
}
