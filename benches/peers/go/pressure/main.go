// Five thousand goroutines: at each of a hundred channels of 4, 25 send and 25 receive. N messages in all.
package main

import (
	"sync"

	"wynbench/bench"
)

const channels = 100
const each = 25

func main() {
	bench.Run(func(n int) int {
		sums := make(chan int, channels*each)
		for range channels {
			c := make(chan int, 4)
			var producers sync.WaitGroup
			producers.Add(each)
			for range each {
				go func() {
					sum := 0
					for v := range c {
						sum += v
					}
					sums <- sum
				}()
				go func() {
					for i := range n / (channels * each) {
						c <- i
					}
					producers.Done()
				}()
			}
			go func() {
				producers.Wait()
				close(c)
			}()
		}
		sum := 0
		for range channels * each {
			sum += <-sums
		}
		return sum
	})
}
