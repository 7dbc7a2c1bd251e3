// The primes below N, by a sieve.
package main

import "wynbench/bench"

func main() {
	bench.Run(func(n int) int {
		composite := make([]bool, n)
		sum := 0
		for i := 2; i < n; i++ {
			if composite[i] {
				continue
			}
			sum += i
			for multiple := i * i; multiple < n; multiple += i {
				composite[multiple] = true
			}
		}
		return sum
	})
}
