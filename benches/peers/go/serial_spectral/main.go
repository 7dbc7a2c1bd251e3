// The spectral norm of an infinite matrix, from its first N rows and columns.
package main

import (
	"math"

	"wynbench/bench"
)

func element(i, j int) float64 {
	return 1 / float64((i+j)*(i+j+1)/2+i+1)
}

func times(v []float64) []float64 {
	product := make([]float64, len(v))
	for i := range v {
		sum := 0.0
		for j, x := range v {
			sum += element(i, j) * x
		}
		product[i] = sum
	}
	return product
}

func timesTransposed(v []float64) []float64 {
	product := make([]float64, len(v))
	for i := range v {
		sum := 0.0
		for j, x := range v {
			sum += element(j, i) * x
		}
		product[i] = sum
	}
	return product
}

func main() {
	bench.Run(func(n int) int {
		u := make([]float64, n)
		for i := range u {
			u[i] = 1
		}
		var v []float64
		for range 10 {
			v = timesTransposed(times(u))
			u = timesTransposed(times(v))
		}
		vbv, vv := 0.0, 0.0
		for i := range u {
			vbv += u[i] * v[i]
			vv += v[i] * v[i]
		}
		return int(math.Sqrt(vbv/vv) * 1_000_000_000)
	})
}
