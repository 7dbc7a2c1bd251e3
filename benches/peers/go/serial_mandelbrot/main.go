// How many of N × N points lie in the Mandelbrot set, as far as a hundred steps can tell.
package main

import "wynbench/bench"

func stays(cx, cy float64) bool {
	x, y := 0.0, 0.0
	for range 100 {
		xx, yy := x*x, y*y
		if xx+yy > 4 {
			return false
		}
		y = 2*x*y + cy
		x = xx - yy + cx
	}
	return true
}

func main() {
	bench.Run(func(n int) int {
		side := float64(n)
		count := 0
		for row := range n {
			for column := range n {
				if stays(3*float64(column)/side-2, 2*float64(row)/side-1) {
					count++
				}
			}
		}
		return count
	})
}
