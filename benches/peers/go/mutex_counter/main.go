// Eight goroutines add to one number behind a mutex, N times in all.
package main

import (
	"sync"

	"wynbench/bench"
)

func main() {
	bench.Run(func(n int) int {
		var mutex sync.Mutex
		total := 0
		var adders sync.WaitGroup
		adders.Add(8)
		for range 8 {
			go func() {
				for i := range n / 8 {
					mutex.Lock()
					total += i & 7
					mutex.Unlock()
				}
				adders.Done()
			}()
		}
		adders.Wait()
		return total
	})
}
