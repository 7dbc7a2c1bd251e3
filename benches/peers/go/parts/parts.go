// Package parts splits loops among goroutines, one for each processor and an equal part for each.
package parts

import (
	"runtime"
	"sync"
)

// Each calls f for each number below n.
func Each(n int, f func(i int)) {
	Parts(n, func(_, from, to int) {
		for i := from; i < to; i++ {
			f(i)
		}
	})
}

// Parts calls f once for each part: its number, and the numbers from one to below the other.
func Parts(n int, f func(part, from, to int)) {
	workers := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for part := 0; part < workers; part++ {
		all.Add(1)
		go func() {
			defer all.Done()
			f(part, n*part/workers, n*(part+1)/workers)
		}()
	}
	all.Wait()
}

// Sum adds the numbers up.
func Sum(numbers []int) int {
	sums := make([]int, runtime.GOMAXPROCS(0))
	Parts(len(numbers), func(part, from, to int) {
		sum := 0
		for _, n := range numbers[from:to] {
			sum += n
		}
		sums[part] = sum
	})
	sum := 0
	for _, s := range sums {
		sum += s
	}
	return sum
}
