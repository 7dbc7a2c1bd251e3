// The most reversals of a prefix that bring one to the front, over all orders of 1 to N.
package main

import "wynbench/bench"

func work(n int) int {
	order, counts, turned := make([]int, n), make([]int, n), make([]int, n)
	for i := range order {
		order[i] = i
	}
	most, checksum, rest := 0, 0, n
	for number := 0; ; number++ {
		for ; rest != 1; rest-- {
			counts[rest-1] = rest
		}
		if order[0] != 0 {
			copy(turned, order)
			flips := 0
			for turned[0] != 0 {
				for low, high := 0, turned[0]; low < high; low, high = low+1, high-1 {
					turned[low], turned[high] = turned[high], turned[low]
				}
				flips++
			}
			most = max(most, flips)
			if number&1 == 0 {
				checksum += flips
			} else {
				checksum -= flips
			}
		}
		for {
			if rest == n {
				return checksum*1000 + most
			}
			first := order[0]
			for i := range rest {
				order[i] = order[i+1]
			}
			order[rest] = first
			counts[rest]--
			if counts[rest] > 0 {
				break
			}
			rest++
		}
	}
}

func main() {
	bench.Run(work)
}
