// Some goroutines add to one number behind a mutex, N times in all.
package main

import (
	"sync"

	"wynbench/bench"
)

func main() {
	bench.Run(func(n int) int {
		tasks := bench.Argument(1)
		var mutex sync.Mutex
		total := 0
		var adders sync.WaitGroup
		adders.Add(tasks)
		for range tasks {
			go func() {
				for i := range n / tasks {
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
