package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// meter reads the CPU time of the generator, and CPU time and memory of the server's process; pid 0 is no server.
type meter struct{ pid int }

// usage is CPU time used so far.
type usage struct{ client, server time.Duration }

func (m meter) cpu() usage {
	var u usage
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) == nil {
		u.client = time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	var t unix.Timespec
	if m.pid > 0 && unix.ClockGettime(processClock(m.pid), &t) == nil {
		u.server = time.Duration(t.Nano())
	}
	return u
}

// processClock is clock_getcpuclockid(3): all threads of a process, also ended ones, in nanoseconds.
func processClock(pid int) int32 { return int32(^pid<<3 | 2) }

// memory is in bytes: what is resident, what of that is no file's, and the most that was resident since the process began.
type memory struct{ rss, anon, peak int64 }

func (m meter) memory() (out memory) {
	if m.pid == 0 {
		return out
	}
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.pid))
	for line := range strings.Lines(string(b)) {
		key, rest, _ := strings.Cut(line, ":")
		switch key {
		case "VmRSS":
			out.rss = kilobytes(rest)
		case "RssAnon":
			out.anon = kilobytes(rest)
		case "VmHWM":
			out.peak = kilobytes(rest)
		}
	}
	return out
}

func kilobytes(s string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "kB")), 10, 64)
	return n << 10
}
