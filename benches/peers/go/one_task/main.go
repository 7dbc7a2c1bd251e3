// A goroutine sends a message to itself and receives it, N times, through a channel of 128.
package main

import "wynbench/bench"

func main() {
	bench.Run(func(n int) int {
		c := make(chan int, 128)
		sum := 0
		for i := range n {
			c <- i
			sum += <-c
		}
		return sum
	})
}
