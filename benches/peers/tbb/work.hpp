// Work of a known length for tasks.
#pragma once

#include "bench.hpp"

namespace bench {

// Five multiplications a step, one a cycle, which is what a processor can do: leaves that overlap gain nothing.
[[gnu::noinline]] inline Int work(Int n, Int steps) {
    Int a = n, b = n + 1, c = n + 2, d = n + 3, e = n + 4;
    for (Int step = 0; step < steps; ++step) {
        a = (a ^ a >> 7) * 2654435761;
        b = (b ^ b >> 7) * 2654435761;
        c = (c ^ c >> 7) * 2654435761;
        d = (d ^ d >> 7) * 2654435761;
        e = (e ^ e >> 7) * 2654435761;
    }
    return (a ^ b ^ c ^ d ^ e) & 1023;
}

// The sum of n such pieces, one after the other.
inline Int serial_work(Int n, Int steps) {
    Int sum = 0;
    for (Int i = 0; i < n; ++i) sum += work(i, steps);
    return sum;
}

} // namespace bench
