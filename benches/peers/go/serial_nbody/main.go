// Five bodies attract each other, N steps.
package main

import (
	"math"

	"wynbench/bench"
)

type body struct{ x, y, z, vx, vy, vz, mass float64 }

func advance(bodies []body, dt float64) {
	for i := range bodies {
		a := &bodies[i]
		for j := i + 1; j < len(bodies); j++ {
			b := &bodies[j]
			dx, dy, dz := a.x-b.x, a.y-b.y, a.z-b.z
			squared := dx*dx + dy*dy + dz*dz
			pull := dt / (squared * math.Sqrt(squared))
			mine, other := a.mass*pull, b.mass*pull
			a.vx -= dx * other
			a.vy -= dy * other
			a.vz -= dz * other
			b.vx += dx * mine
			b.vy += dy * mine
			b.vz += dz * mine
		}
	}
	for i := range bodies {
		b := &bodies[i]
		b.x += dt * b.vx
		b.y += dt * b.vy
		b.z += dt * b.vz
	}
}

func main() {
	bench.Run(func(n int) int {
		bodies := []body{
			{0, 0, 0, 0, 0, 0, 39.47},
			{4.84, -1.16, -0.1, 0.6, 2.81, -0.02, 0.037},
			{8.34, 4.12, -0.4, -1.01, 1.82, 0.008, 0.011},
			{12.89, -15.11, -0.22, 1.08, 0.86, -0.01, 0.0017},
			{15.37, -25.9, 0.17, 0.97, 0.59, -0.034, 0.002},
		}
		for range n {
			advance(bodies, 0.001)
		}
		sum := 0.0
		for _, b := range bodies {
			sum += b.x + b.y + b.z
		}
		return int(sum * 1_000_000)
	})
}
