// N texts in no order, sorted.
package main

import (
	"slices"
	"strconv"

	"wynbench/bench"
)

func main() {
	bench.Run(func(n int) int {
		state := 1
		var texts []string
		for range n {
			texts = append(texts, "item "+strconv.Itoa(bench.Next(&state)))
		}
		slices.Sort(texts)
		sum := 0
		for i, text := range texts {
			sum += len(text) * (i & 7)
		}
		return sum
	})
}
