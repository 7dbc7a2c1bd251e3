// Starts N goroutines under a context that the first error cancels, then waits for all: what errgroup does, with results in
// a slice.
package main

import (
	"context"
	"sync"

	"wynbench/bench"
)

//go:noinline
func task(_ context.Context, n int) (int, error) { return n & 7, nil }

func main() {
	bench.Run(func(n int) int {
		ctx, cancel := context.WithCancelCause(context.Background())
		defer cancel(nil)
		results := make([]int, n)
		var done sync.WaitGroup
		var failed sync.Once
		for i := range n {
			done.Add(1)
			go func() {
				defer done.Done()
				v, err := task(ctx, i)
				if err != nil {
					failed.Do(func() { cancel(err) })
				}
				results[i] = v
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
