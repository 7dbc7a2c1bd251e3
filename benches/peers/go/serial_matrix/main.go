// The product of two N × N matrices, each a slice of rows.
package main

import "wynbench/bench"

func made(n, seed int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, n)
		for j := range rows[i] {
			rows[i][j] = float64((i*seed + j) % 17)
		}
	}
	return rows
}

func main() {
	bench.Run(func(n int) int {
		a, b, c := made(n, 3), made(n, 5), made(n, 0)
		for i := range n {
			clear(c[i])
			for k := range n {
				for j := range n {
					c[i][j] += a[i][k] * b[k][j]
				}
			}
		}
		sum := 0.0
		for i := range n {
			sum += c[i][i*7%n]
		}
		return int(sum)
	})
}
