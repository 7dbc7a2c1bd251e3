// N times a quick operation with a time limit that is not reached.
package main

import (
	"context"
	"time"

	"wynbench/bench"
)

//go:noinline
func work(ctx context.Context, n int) (int, error) { return n & 7, ctx.Err() }

func main() {
	bench.Run(func(n int) int {
		sum := 0
		for i := range n {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			if v, err := work(ctx, i); err == nil {
				sum += v
			}
			cancel()
		}
		return sum
	})
}
