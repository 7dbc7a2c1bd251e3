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

// ArgumentOr gives what holds without the argument if it is not there.
func ArgumentOr(at, otherwise int) int {
	if len(os.Args) > at+1 {
		return Argument(at)
	}
	return otherwise
}

// Run calls work with N from the command line, and prints its check value and the time it took.
func Run(work func(n int) int) {
	n := Argument(0)
	start := time.Now()
	check := work(n)
	Report(check, int(time.Since(start).Nanoseconds()))
}

// Report prints a check value and a time in nanoseconds.
func Report(check, nanos int) {
	fmt.Printf("check: %d\ntime_ns: %d\n", check, nanos)
}

// RunBoth calls the serial form of the work, which tells what there is to do, and then the one that is measured.
func RunBoth(serial, work func(n int) int) {
	n := Argument(0)
	alone := time.Now()
	want := serial(n)
	took := time.Since(alone).Nanoseconds()
	start := time.Now()
	check := work(n)
	nanos := time.Since(start).Nanoseconds()
	fmt.Printf("check: %d, %d\ntime_ns: %d\nserial_ns: %d\n", check-want, check, nanos, took)
}
