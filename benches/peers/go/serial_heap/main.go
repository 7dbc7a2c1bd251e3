// N numbers go into a binary heap, and come out in order.
package main

import "wynbench/bench"

type least struct{ items []int }

func (h *least) push(item int) {
	h.items = append(h.items, item)
	at := len(h.items) - 1
	for at > 0 {
		parent := (at - 1) / 2
		if h.items[parent] <= h.items[at] {
			break
		}
		h.items[parent], h.items[at] = h.items[at], h.items[parent]
		at = parent
	}
}

func (h *least) pop() (int, bool) {
	count := len(h.items)
	if count == 0 {
		return 0, false
	}
	h.items[0], h.items[count-1] = h.items[count-1], h.items[0]
	item := h.items[count-1]
	h.items = h.items[:count-1]
	at := 0
	for {
		child := 2*at + 1
		if child >= count-1 {
			break
		}
		if child+1 < count-1 && h.items[child+1] < h.items[child] {
			child++
		}
		if h.items[at] <= h.items[child] {
			break
		}
		h.items[at], h.items[child] = h.items[child], h.items[at]
		at = child
	}
	return item, true
}

func main() {
	bench.Run(func(n int) int {
		state := 1
		var heap least
		for range n {
			heap.push(bench.Next(&state))
		}
		sum := 0
		for at := 0; ; at++ {
			item, ok := heap.pop()
			if !ok {
				return sum
			}
			sum += item * (at & 7)
		}
	})
}
