// N copies of texts, a thousand at a time from one slice to another.
package main

import (
	"fmt"

	"wynbench/bench"
)

func main() {
	texts := make([]string, 1000)
	for i := range texts {
		texts[i] = fmt.Sprintf("text %d", i)
	}
	bench.Run(func(n int) int {
		sum := 0
		for round := range n / 1000 {
			var copies []string
			for _, text := range texts {
				copies = append(copies, text)
			}
			sum += len(copies[round%1000])
		}
		return sum
	})
}
