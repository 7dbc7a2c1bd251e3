// A tree of goroutines with N leaves, the left half of each node in a goroutine of its own: a leaf is work of so many cycles.
package main

import "wynbench/bench"

// Five multiplications a step, one a cycle, which is what a processor can do: leaves that overlap gain nothing.
//
//go:noinline
func work(n, steps int) int {
	a, b, c, d, e := n, n+1, n+2, n+3, n+4
	for range steps {
		a = (a ^ a>>7) * 2654435761
		b = (b ^ b>>7) * 2654435761
		c = (c ^ c>>7) * 2654435761
		d = (d ^ d>>7) * 2654435761
		e = (e ^ e>>7) * 2654435761
	}
	return (a ^ b ^ c ^ d ^ e) & 1023
}

func tree(first, leaves, steps int) int {
	if leaves == 1 {
		return work(first, steps)
	}
	half := leaves / 2
	left := make(chan int, 1)
	go func() { left <- tree(first, half, steps) }()
	right := tree(first+half, leaves-half, steps)
	return <-left + right
}

func main() {
	steps := bench.Argument(1) / 5
	bench.RunBoth(func(n int) int {
		sum := 0
		for i := range n {
			sum += work(i, steps)
		}
		return sum
	}, func(n int) int { return tree(0, n, steps) })
}
