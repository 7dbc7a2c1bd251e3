// Package bench reads N and prints what the harness wants to see.
package bench

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Run calls work with N from the command line, and prints its check value and the time it took.
func Run(work func(n int) int) {
	n, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	start := time.Now()
	check := work(n)
	took := time.Since(start)
	fmt.Printf("check: %d\ntime_ns: %d\n", check, took.Nanoseconds())
}
