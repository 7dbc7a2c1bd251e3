// N numbers in no order, sorted.
package main

import (
	"slices"

	"wynbench/bench"
)

func main() {
	bench.Run(func(n int) int {
		state := 1
		var xs []int
		for range n {
			xs = append(xs, bench.Next(&state))
		}
		slices.Sort(xs)
		sum := 0
		for i, x := range xs {
			sum += x * (i & 7)
		}
		return sum
	})
}
