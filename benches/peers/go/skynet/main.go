// A tree of goroutines, ten below each, with N leaves: sums go up through unbuffered channels.
package main

import "wynbench/bench"

func node(to chan int, first, size int) {
	if size == 1 {
		to <- first
		return
	}
	sums := make(chan int)
	for i := range 10 {
		go node(sums, first+i*(size/10), size/10)
	}
	sum := 0
	for range 10 {
		sum += <-sums
	}
	to <- sum
}

func main() {
	bench.Run(func(n int) int {
		c := make(chan int)
		go node(c, 0, n)
		return <-c
	})
}
