// N round trips between two goroutines over two channels of 1; each answer is awaited for a second at most.
package main

import (
	"time"

	"wynbench/bench"
)

func main() {
	bench.Run(func(n int) int {
		ping, pong := make(chan int, 1), make(chan int, 1)
		go func() {
			for v := range ping {
				pong <- v + 1
			}
		}()
		sum := 0
		for i := range n {
			ping <- i
			select {
			case v := <-pong:
				sum += v
			case <-time.After(time.Second):
				panic("too late")
			}
		}
		close(ping)
		return sum
	})
}
