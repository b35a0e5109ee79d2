// rlsload calls one unary method with many calls in flight over few connections, and says how long they took.
//
//	rlsload -addr 127.0.0.1:18000 -method /pkg.Service/Method -request <hex> -seconds 5 [-rate 1000]
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

var (
	addr        = flag.String("addr", "", "where the server is")
	method      = flag.String("method", "", "the method to call, such as /pkg.Service/Method")
	request     = flag.String("request", "", "the request in wire format, as hex; its last 8 bytes count up")
	keys        = flag.Uint64("keys", 10_000, "how many requests there are that differ")
	seconds     = flag.Float64("seconds", 5, "how long to call")
	rate        = flag.Float64("rate", 0, "calls a second; 0 is as many as the server takes")
	connections = flag.Int("connections", 4, "connections")
	inFlight    = flag.Int("in-flight", 128, "calls at a time, at most")
)

// raw takes messages as they are.
type raw struct{}

func (raw) Name() string { return "raw" }

func (raw) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}

func (raw) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

func main() {
	flag.Parse()
	encoding.RegisterCodecV2(raw{})
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
	conns := make([]*grpc.ClientConn, *connections)
	for i := range conns {
		if conns[i], err = grpc.NewClient(*addr, grpc.WithTransportCredentials(insecure.NewCredentials())); err != nil {
			return err
		}
		defer conns[i].Close()
	}
	began := time.Now()
	end := began.Add(time.Duration(*seconds * float64(time.Second)))
	due := pace(end)
	workers := make([]worker, *inFlight)
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() { workers[i].work(conns[i%len(conns)], template, due) })
	}
	all.Wait()
	took := time.Since(began)
	return report(workers, took)
}

// pace sends the time at which each call is due; it is closed at the end.
func pace(end time.Time) <-chan time.Time {
	due := make(chan time.Time, 65_536)
	go func() {
		defer close(due)
		began, sent := time.Now(), 0.0
		for now := began; now.Before(end); now = time.Now() {
			if *rate == 0 {
				due <- now
				continue
			}
			for ; sent < now.Sub(began).Seconds()**rate; sent++ {
				due <- now
			}
			time.Sleep(200 * time.Microsecond)
		}
	}()
	return due
}

type worker struct {
	took []time.Duration
	err  error
}

func (w *worker) work(conn *grpc.ClientConn, template []byte, due <-chan time.Time) {
	ctx := context.Background()
	number := uint64(time.Now().UnixNano())
	var response []byte
	for at := range due {
		message := slices.Clone(template)
		number = number*6364136223846793005 + 1442695040888963407
		if len(message) >= 8 {
			copy(message[len(message)-8:], fmt.Appendf(nil, "%08d", (number>>33)%*keys))
		}
		if *rate == 0 {
			at = time.Now()
		}
		if err := conn.Invoke(ctx, *method, message, &response, grpc.ForceCodecV2(raw{})); err != nil {
			w.err = err
			return
		}
		w.took = append(w.took, time.Since(at))
	}
}

func report(workers []worker, took time.Duration) error {
	var all []time.Duration
	for _, w := range workers {
		if w.err != nil {
			return w.err
		}
		all = append(all, w.took...)
	}
	if len(all) == 0 {
		return errors.New("no call was answered")
	}
	slices.Sort(all)
	at := func(part float64) float64 { return float64(all[int(float64(len(all)-1)*part)].Nanoseconds()) / 1000 }
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"calls": float64(len(all)), "per_second": float64(len(all)) / took.Seconds(),
		"p50_us": at(0.5), "p99_us": at(0.99),
	})
}
