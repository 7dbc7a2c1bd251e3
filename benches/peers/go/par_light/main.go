// N numbers, a multiplication each, in a slice; then their sum.
package main

import (
	"wynbench/bench"
	"wynbench/parts"
)

func main() {
	numbers := make([]int, bench.Argument(0))
	for i := range numbers {
		numbers[i] = i
	}
	bench.Run(func(n int) int {
		scaled := make([]int, n)
		parts.Each(n, func(i int) { scaled[i] = numbers[i] * 2654435761 & 1023 })
		return parts.Sum(scaled)
	})
}
