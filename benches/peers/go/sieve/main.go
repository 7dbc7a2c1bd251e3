// The prime sieve: a chain of filters that grows, with unbuffered channels. Adds up the primes below N.
package main

import "wynbench/bench"

func generate(to chan int, n int) {
	for i := 2; i < n; i++ {
		to <- i
	}
	close(to)
}

func filter(from, to chan int, prime int) {
	for i := range from {
		if i%prime != 0 {
			to <- i
		}
	}
	close(to)
}

func main() {
	bench.Run(func(n int) int {
		c := make(chan int)
		go generate(c, n)
		sum := 0
		for {
			prime, open := <-c
			if !open {
				return sum
			}
			sum += prime
			next := make(chan int)
			go filter(c, next, prime)
			c = next
		}
	})
}
