// One goroutine sends N integers to another through a channel.
package main

import "wynbench/bench"

func main() {
	bench.Run(func(n int) int {
		c := make(chan int, bench.Argument(1))
		go func() {
			for i := range n {
				c <- i
			}
			close(c)
		}()
		sum := 0
		for v := range c {
			sum += v
		}
		return sum
	})
}
