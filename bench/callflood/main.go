// callflood calls one unary method at a rate that does not depend on the answers, and counts how the calls ended.
//
//	callflood -addr 127.0.0.1:18000 -method /pkg.Service/Method -request <hex> -seconds 5 -rate 50000
//
// It writes HTTP/2 frames itself, so that calling costs a fraction of answering. As an Envoy does, it has so many calls
// in flight at most; those that are due beyond that are held back, and counted.
package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

var (
	addr        = flag.String("addr", "", "where the server is")
	method      = flag.String("method", "", "the method to call, such as /pkg.Service/Method")
	request     = flag.String("request", "", "the request in wire format, as hex; its last 8 bytes count up")
	fixed       = flag.Bool("fixed", false, "send the same request each time")
	seconds     = flag.Float64("seconds", 5, "how long to call")
	rate        = flag.Float64("rate", 0, "calls a second; 0 is as many as may be in flight")
	connections = flag.Int("connections", 4, "connections")
	inFlight    = flag.Int("in-flight", 1024, "calls at a time of all connections, at most")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	template, err := hex.DecodeString(*request)
	if err != nil {
		return fmt.Errorf("-request: %w", err)
	}
	callers := make([]*caller, *connections)
	for i := range callers {
		if callers[i], err = dial(*addr, *method, template, max(1, *inFlight / *connections)); err != nil {
			return err
		}
		defer callers[i].conn.Close()
	}
	began := time.Now()
	length := time.Duration(*seconds * float64(time.Second))
	var all sync.WaitGroup
	for _, c := range callers {
		all.Go(func() { c.call(began, length, *rate/float64(*connections)) })
	}
	all.Wait()
	return report(callers, time.Since(began))
}

func report(callers []*caller, took time.Duration) error {
	var total counts
	var times []time.Duration
	for _, c := range callers {
		if c.err != nil {
			return c.err
		}
		total.add(c.counts)
		times = append(times, c.times...)
	}
	if total.sent == 0 {
		return errors.New("no call was made")
	}
	slices.Sort(times)
	at := func(part float64) float64 {
		if len(times) == 0 {
			return 0
		}
		return float64(times[int(float64(len(times)-1)*part)].Nanoseconds()) / 1000
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"seconds": took.Seconds(), "sent": float64(total.sent), "held_back": float64(total.heldBack),
		"ok": float64(total.ok), "unavailable": float64(total.unavailable), "other": float64(total.other),
		"p50_us": at(0.5), "p99_us": at(0.99),
	})
}
