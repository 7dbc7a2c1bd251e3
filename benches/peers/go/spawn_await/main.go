// Starts N goroutines, then waits for all: results in a slice, one WaitGroup.
package main

import (
	"sync"

	"wynbench/bench"
)

//go:noinline
func task(n int) int { return n & 7 }

func main() {
	// More rounds of the same work before the clock starts: what they left behind is warm.
	for range bench.ArgumentOr(1, 0) {
		spawnAndWait(bench.Argument(0))
	}
	bench.Run(spawnAndWait)
}

func spawnAndWait(n int) int {
	results := make([]int, n)
	var done sync.WaitGroup
	done.Add(n)
	for i := range n {
		go func() {
			results[i] = task(i)
			done.Done()
		}()
	}
	done.Wait()
	sum := 0
	for _, r := range results {
		sum += r
	}
	return sum
}
