// Some goroutines send N integers in all to some others through one channel of 128.
package main

import (
	"sync"

	"wynbench/bench"
)

func main() {
	bench.Run(func(n int) int {
		senders, receivers := bench.Argument(1), bench.Argument(2)
		c := make(chan int, 128)
		var producers sync.WaitGroup
		producers.Add(senders)
		for range senders {
			go func() {
				for i := range n / senders {
					c <- i
				}
				producers.Done()
			}()
		}
		go func() {
			producers.Wait()
			close(c)
		}()
		sums := make(chan int, receivers)
		for range receivers {
			go func() {
				sum := 0
				for v := range c {
					sum += v
				}
				sums <- sum
			}()
		}
		sum := 0
		for range receivers {
			sum += <-sums
		}
		return sum
	})
}
