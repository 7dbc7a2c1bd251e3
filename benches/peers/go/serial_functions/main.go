// N numbers through functions: a slice of them, made anew by each, and a range of them, one by one.
package main

import (
	"iter"

	"wynbench/bench"
)

func mapped(xs []int, f func(int) int) []int {
	ys := make([]int, 0, len(xs))
	for _, x := range xs {
		ys = append(ys, f(x))
	}
	return ys
}

func filtered(xs []int, test func(int) bool) []int {
	var ys []int
	for _, x := range xs {
		if test(x) {
			ys = append(ys, x)
		}
	}
	return ys
}

func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for x := range n {
			if !yield(x) {
				return
			}
		}
	}
}

func mappedLater(xs iter.Seq[int], f func(int) int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for x := range xs {
			if !yield(f(x)) {
				return
			}
		}
	}
}

func filteredLater(xs iter.Seq[int], test func(int) bool) iter.Seq[int] {
	return func(yield func(int) bool) {
		for x := range xs {
			if test(x) && !yield(x) {
				return
			}
		}
	}
}

func main() {
	bench.Run(func(n int) int {
		xs := make([]int, n)
		for i := range xs {
			xs[i] = i
		}
		sum := 0
		for _, x := range filtered(mapped(xs, func(x int) int { return x * 3 }), func(x int) bool { return x%2 == 0 }) {
			sum += x
		}
		times5 := mappedLater(numbers(n), func(x int) int { return x * 5 })
		thirds := filteredLater(times5, func(x int) bool { return x%3 == 0 })
		for x := range mappedLater(thirds, func(x int) int { return x + 1 }) {
			sum += x
		}
		return sum
	})
}
