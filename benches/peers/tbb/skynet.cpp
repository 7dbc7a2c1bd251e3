// A tree of tasks, ten below each, with N leaves: sums go up through memory, as there is nothing to wait at but the group.
#include "bench.hpp"

using bench::Int;

static Int node(Int first, Int size) {
    if (size == 1) return first;
    Int sums[10];
    tbb::task_group group;
    for (Int i = 0; i < 10; ++i) {
        group.run([&sums, i, first, size] { sums[i] = node(first + i * (size / 10), size / 10); });
    }
    group.wait();
    Int sum = 0;
    for (Int part : sums) sum += part;
    return sum;
}

int main(int count, char** texts) {
    bench::run(bench::Arguments(count, texts), [](Int n) { return node(0, n); });
}
