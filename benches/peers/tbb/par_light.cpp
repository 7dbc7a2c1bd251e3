// N numbers, a multiplication each, in an array; then their sum.
#include "loops.hpp"

#include <numeric>
#include <vector>

using bench::Int;

int main(int count, char** texts) {
    const bench::Arguments arguments(count, texts);
    std::vector<Int> numbers(arguments.at(0));
    std::iota(numbers.begin(), numbers.end(), 0);
    bench::run(arguments, [&](Int n) {
        return bench::sum_of_array(n, [&](Int i) { return numbers[i] * 2654435761 & 1023; });
    });
}
