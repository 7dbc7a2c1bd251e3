// Four goroutines send N integers in all, each through a channel of 16 of its own; one selects among the four.
package main

import "wynbench/bench"

func produce(n int) chan int {
	c := make(chan int, 16)
	go func() {
		for i := range n {
			c <- i
		}
		close(c)
	}()
	return c
}

func main() {
	bench.Run(func(n int) int {
		a, b, c, d := produce(n/4), produce(n/4), produce(n/4), produce(n/4)
		sum := 0
		for a != nil || b != nil || c != nil || d != nil {
			var v int
			var open bool
			select {
			case v, open = <-a:
				if !open {
					a = nil
				}
			case v, open = <-b:
				if !open {
					b = nil
				}
			case v, open = <-c:
				if !open {
					c = nil
				}
			case v, open = <-d:
				if !open {
					d = nil
				}
			}
			sum += v
		}
		return sum
	})
}
