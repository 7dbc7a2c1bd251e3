package bench

// Next gives the next of a fixed sequence of numbers below 2^30.
func Next(state *int) int {
	*state = *state*6364136223846793005 + 1442695040888963407
	return *state >> 33 & 0x3fffffff
}
