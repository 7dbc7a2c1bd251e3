// Four goroutines send N integers in all to four others through one channel of 128.
package main

import (
	"sync"

	"wynbench/bench"
)

func main() {
	bench.Run(func(n int) int {
		c := make(chan int, 128)
		var producers sync.WaitGroup
		producers.Add(4)
		for range 4 {
			go func() {
				for i := range n / 4 {
					c <- i
				}
				producers.Done()
			}()
		}
		go func() {
			producers.Wait()
			close(c)
		}()
		sums := make(chan int, 4)
		for range 4 {
			go func() {
				sum := 0
				for v := range c {
					sum += v
				}
				sums <- sum
			}()
		}
		sum := 0
		for range 4 {
			sum += <-sums
		}
		return sum
	})
}
