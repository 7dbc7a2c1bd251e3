// Starts a goroutine and waits for its result, N times; one channel serves them all.
package main

import "wynbench/bench"

//go:noinline
func task(n int) int { return n & 7 }

func main() {
	bench.Run(func(n int) int {
		done := make(chan int, 1)
		sum := 0
		for i := range n {
			go func() { done <- task(i) }()
			sum += <-done
		}
		return sum
	})
}
