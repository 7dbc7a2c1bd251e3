package bench

// Work is so many steps of five multiplications, one a cycle, which is what a processor can do: leaves that overlap gain
// nothing.
//
//go:noinline
func Work(n, steps int) int {
	a, b, c, d, e := n, n+1, n+2, n+3, n+4
	for range steps {
		a = (a ^ a>>7) * 2654435761
		b = (b ^ b>>7) * 2654435761
		c = (c ^ c>>7) * 2654435761
		d = (d ^ d>>7) * 2654435761
		e = (e ^ e>>7) * 2654435761
	}
	return (a ^ b ^ c ^ d ^ e) & 1023
}

// Serial gives the sum of n such pieces, one after the other.
func Serial(steps int) func(n int) int {
	return func(n int) int {
		sum := 0
		for i := range n {
			sum += Work(i, steps)
		}
		return sum
	}
}
