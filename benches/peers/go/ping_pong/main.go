// N round trips between two goroutines over two unbuffered channels.
package main

import "wynbench/bench"

func main() {
	bench.Run(func(n int) int {
		ping, pong := make(chan int), make(chan int)
		go func() {
			for v := range ping {
				pong <- v + 1
			}
		}()
		sum := 0
		for i := range n {
			ping <- i
			sum += <-pong
		}
		close(ping)
		return sum
	})
}
