// Package bench reads the arguments and prints what the harness wants to see.
package bench

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Argument gives the number at this place of the command line: N at 0, what else the row gives after it.
func Argument(at int) int {
	n, err := strconv.Atoi(os.Args[at+1])
	if err != nil {
		panic(err)
	}
	return n
}

// Run calls work with N from the command line, and prints its check value and the time it took.
func Run(work func(n int) int) {
	n := Argument(0)
	start := time.Now()
	check := work(n)
	took := time.Since(start)
	fmt.Printf("check: %d\ntime_ns: %d\n", check, took.Nanoseconds())
}
