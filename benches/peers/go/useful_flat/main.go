// N goroutines started by one, results in a slice, one WaitGroup: each is work of so many cycles.
package main

import (
	"sync"

	"wynbench/bench"
)

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

func main() {
	steps := bench.Argument(1) / 5
	bench.RunBoth(func(n int) int {
		sum := 0
		for i := range n {
			sum += work(i, steps)
		}
		return sum
	}, func(n int) int {
		results := make([]int, n)
		var done sync.WaitGroup
		done.Add(n)
		for i := range n {
			go func() {
				results[i] = work(i, steps)
				done.Done()
			}()
		}
		done.Wait()
		sum := 0
		for _, r := range results {
			sum += r
		}
		return sum
	})
}
