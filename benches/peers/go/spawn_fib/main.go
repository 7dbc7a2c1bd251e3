// fib(N), one branch in a goroutine at each call, without a cutoff.
package main

import "wynbench/bench"

func fib(n int) int {
	if n < 2 {
		return n
	}
	left := make(chan int, 1)
	go func() { left <- fib(n - 1) }()
	right := fib(n - 2)
	return <-left + right
}

//go:noinline
func serial(n int) int {
	if n < 2 {
		return n
	}
	return serial(n-1) + serial(n-2)
}

func main() {
	bench.RunBoth(serial, fib)
}
