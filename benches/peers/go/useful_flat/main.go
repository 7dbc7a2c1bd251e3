// N goroutines started by one, results in a slice, one WaitGroup: each is work of so many cycles.
package main

import (
	"sync"

	"wynbench/bench"
)

func main() {
	steps := bench.Argument(1) / 5
	bench.RunBoth(bench.Serial(steps), func(n int) int {
		results := make([]int, n)
		var done sync.WaitGroup
		done.Add(n)
		for i := range n {
			go func() {
				results[i] = bench.Work(i, steps)
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
