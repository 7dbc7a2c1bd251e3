// N tasks of one group, then the wait for all: results in an array.
#pragma once

#include "bench.hpp"

namespace bench {

[[gnu::noinline]] inline Int task(Int n) { return n & 7; }

inline Int spawn_and_wait(Int n) {
    const auto results = bench::results(n);
    tbb::task_group group;
    for (Int i = 0; i < n; ++i) {
        group.run([&results, i] { results[i] = task(i); });
    }
    group.wait();
    Int sum = 0;
    for (Int i = 0; i < n; ++i) sum += results[i];
    return sum;
}

} // namespace bench
