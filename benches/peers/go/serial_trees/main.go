// Binary trees are made and counted: many small ones, few large ones, N levels at most.
package main

import "wynbench/bench"

type tree struct{ left, right *tree }

func grown(levels int) *tree {
	if levels == 0 {
		return nil
	}
	return &tree{grown(levels - 1), grown(levels - 1)}
}

func count(t *tree) int {
	if t == nil {
		return 1
	}
	return 1 + count(t.left) + count(t.right)
}

func main() {
	bench.Run(func(n int) int {
		sum := 0
		for levels := 4; levels <= n; levels += 4 {
			for range 1 << (n - levels) {
				sum += count(grown(levels))
			}
		}
		return sum
	})
}
