// A tree of goroutines with N leaves, the left half of each node in a goroutine of its own: a leaf is work of so many cycles.
package main

import "wynbench/bench"

func tree(first, leaves, steps int) int {
	if leaves == 1 {
		return bench.Work(first, steps)
	}
	half := leaves / 2
	left := make(chan int, 1)
	go func() { left <- tree(first, half, steps) }()
	right := tree(first+half, leaves-half, steps)
	return <-left + right
}

func main() {
	steps := bench.Argument(1) / 5
	bench.RunBoth(bench.Serial(steps), func(n int) int { return tree(0, n, steps) })
}
