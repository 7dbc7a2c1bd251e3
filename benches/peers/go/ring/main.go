// A thousand goroutines in a ring, each with an unbuffered channel to the next: one number goes round, N hops.
package main

import "wynbench/bench"

const tasks = 1000

func pass(from, to chan int) {
	for hops := range from {
		to <- hops + 1
	}
	close(to)
}

func main() {
	bench.Run(func(n int) int {
		entry := make(chan int)
		exit := entry
		for range tasks - 1 {
			next := make(chan int)
			go pass(exit, next)
			exit = next
		}
		sum := 0
		for sum < n {
			entry <- sum + 1
			sum = <-exit
		}
		close(entry)
		return sum
	})
}
