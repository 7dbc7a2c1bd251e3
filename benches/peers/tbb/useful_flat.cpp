// N tasks of one group started by one, results in an array: each is work of so many cycles.
#include "work.hpp"

using bench::Int;

static Int flat(Int n, Int steps) {
    const auto results = bench::results(n);
    tbb::task_group group;
    for (Int i = 0; i < n; ++i) {
        group.run([&results, i, steps] { results[i] = bench::work(i, steps); });
    }
    group.wait();
    Int sum = 0;
    for (Int i = 0; i < n; ++i) sum += results[i];
    return sum;
}

int main(int count, char** texts) {
    const bench::Arguments arguments(count, texts);
    const Int steps = arguments.at(1) / 5;
    bench::run_both(
        arguments, [steps](Int n) { return bench::serial_work(n, steps); }, [steps](Int n) { return flat(n, steps); });
}
