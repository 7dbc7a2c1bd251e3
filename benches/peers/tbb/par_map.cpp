// The lengths of the Collatz sequences of 1 to N, in an array, and their sum.
#include "loops.hpp"

using bench::Int;

static Int steps(Int n) {
    Int count = 0;
    for (Int at = n; at != 1; ++count) at = at & 1 ? 3 * at + 1 : at >> 1;
    return count;
}

int main(int count, char** texts) {
    bench::run(bench::Arguments(count, texts), [](Int n) {
        return bench::sum_of_array(n, [](Int i) { return steps(i + 1); });
    });
}
