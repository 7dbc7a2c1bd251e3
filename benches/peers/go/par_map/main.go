// The lengths of the Collatz sequences of 1 to N, in a slice, and their sum.
package main

import (
	"wynbench/bench"
	"wynbench/parts"
)

func steps(n int) int {
	count := 0
	for at := n; at != 1; count++ {
		if at&1 == 0 {
			at >>= 1
		} else {
			at = 3*at + 1
		}
	}
	return count
}

func main() {
	bench.Run(func(n int) int {
		lengths := make([]int, n)
		parts.Each(n, func(i int) { lengths[i] = steps(i + 1) })
		return parts.Sum(lengths)
	})
}
