// A tree of tasks with N leaves, the left half of each node in a task of its own: a leaf is work of so many cycles.
#include "work.hpp"

using bench::Int;

static Int tree(Int first, Int leaves, Int steps) {
    if (leaves == 1) return bench::work(first, steps);
    const Int half = leaves / 2;
    Int left;
    tbb::task_group group;
    group.run([&left, first, half, steps] { left = tree(first, half, steps); });
    const Int right = tree(first + half, leaves - half, steps);
    group.wait();
    return left + right;
}

int main(int count, char** texts) {
    const bench::Arguments arguments(count, texts);
    const Int steps = arguments.at(1) / 5;
    bench::run_both(
        arguments, [steps](Int n) { return bench::serial_work(n, steps); }, [steps](Int n) { return tree(0, n, steps); });
}
