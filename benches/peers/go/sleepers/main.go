// N goroutines sleep, each until a moment of its own within the same second.
package main

import (
	"sort"
	"sync"
	"time"

	"wynbench/bench"
)

const ahead, spread = 500_000_000, 1_000_000_000

func main() {
	n := bench.Argument(0)
	start := time.Now()
	late := make([]int, n)
	var all sync.WaitGroup
	for i := 0; i < n; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			at := time.Duration(ahead + i*2654435761%spread)
			time.Sleep(at - time.Since(start))
			late[i] = int(time.Since(start) - at)
		}()
	}
	all.Wait()
	sort.Ints(late)
	bench.Report(len(late), late[n*99/100])
}
