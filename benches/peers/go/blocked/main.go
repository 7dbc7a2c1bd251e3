// N goroutines wait to receive from one unbuffered channel, all at once. Then each gets its number, and they end.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"

	"wynbench/bench"
)

func main() {
	bench.Run(func(n int) int {
		numbers := make(chan int)
		received := make([]int, n)
		var begun atomic.Int64
		var all sync.WaitGroup
		all.Add(n)
		for i := range n {
			go func() {
				begun.Add(1)
				received[i] = <-numbers
				all.Done()
			}()
		}
		for begun.Load() < int64(n) {
			runtime.Gosched()
		}
		for i := range n {
			numbers <- i
		}
		all.Wait()
		sum := 0
		for _, number := range received {
			sum += number
		}
		return sum
	})
}
