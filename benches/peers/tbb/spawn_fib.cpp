// fib(N), one branch in a task at each call, without a cutoff.
#include "bench.hpp"

using bench::Int;

static Int fib(Int n) {
    if (n < 2) return n;
    Int left;
    tbb::task_group group;
    group.run([&left, n] { left = fib(n - 1); });
    const Int right = fib(n - 2);
    group.wait();
    return left + right;
}

[[gnu::noinline]] static Int serial(Int n) { return n < 2 ? n : serial(n - 1) + serial(n - 2); }

int main(int count, char** texts) { bench::run_both(bench::Arguments(count, texts), serial, fib); }
