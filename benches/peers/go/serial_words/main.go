// A text of N words is put together, and the words in it are counted.
package main

import (
	"strconv"
	"strings"

	"wynbench/bench"
)

func main() {
	bench.Run(func(n int) int {
		state := 1
		var words []string
		for range n {
			words = append(words, "w"+strconv.Itoa(bench.Next(&state)%5000))
		}
		text := strings.Join(words, " ")
		counts := map[string]int{}
		for _, word := range strings.Split(text, " ") {
			counts[word]++
		}
		sum := 0
		for word, count := range counts {
			sum += len(word) * count * count
		}
		return sum
	})
}
