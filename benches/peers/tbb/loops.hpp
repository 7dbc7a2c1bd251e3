// Loops that oneTBB splits among threads.
#pragma once

#include "bench.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_reduce.h>

#include <functional>

namespace bench {

// An array of what f makes of each number below n, and the sum of its elements.
template <typename Each> Int sum_of_array(Int n, Each f) {
    const auto made = results(n);
    tbb::parallel_for(tbb::blocked_range<Int>(0, n), [&](const auto& range) {
        for (Int i = range.begin(); i < range.end(); ++i) made[i] = f(i);
    });
    const auto add = [&](const auto& range, Int sum) {
        for (Int i = range.begin(); i < range.end(); ++i) sum += made[i];
        return sum;
    };
    return tbb::parallel_reduce(tbb::blocked_range<Int>(0, n), Int{0}, add, std::plus<Int>());
}

} // namespace bench
