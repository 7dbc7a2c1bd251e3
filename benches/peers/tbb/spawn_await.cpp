// Starts N tasks of one group, then waits for all.
#include "spawn_await.hpp"

int main(int count, char** texts) {
    const bench::Arguments arguments(count, texts);
    bench::run(arguments, bench::spawn_and_wait, [&] {
        // More rounds of the same work before the clock starts: what they left behind is warm.
        for (bench::Int round = 0; round < arguments.at_or(1, 0); ++round) bench::spawn_and_wait(arguments.at(0));
    });
}
