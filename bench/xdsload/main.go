// Command xdsload drives one xDS control plane: it puts snapshots through an HTTP snapshot API, receives them over
// ADS as many clients at once, checks that each got exactly what was put, and prints what that took as one JSON object.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"
)

const help = `usage: xdsload SCENARIO [flags]

scenarios:
  sync    N streams start at once; time until each has received and ACKed the whole snapshot
  fanout  N synced streams, then updates; time from each PUT to the streams
  churn   N clients connect, sync and leave, over and over for -duration
  idle    N synced streams held for -duration; the server's memory; then one update as a check
  ack     N synced streams that each repeat their ACKs -acks times; then one update as a check
  raw     N bare TCP connections, to each of which the server writes the -pad bytes of each PUT as they are

flags:
`

var scenarios = []string{"sync", "fanout", "churn", "idle", "ack", "raw"}

// Bounds on what a run may ask for.
const (
	maxStreams   = 20_000
	maxResources = 200_000
	maxHeld      = 100_000_000 // streams x resources
	maxUpdates   = 10_000
	maxAcks      = 100_000 // of each stream
	maxNodeKB    = 1_000
	maxPad       = 64_000_000
	maxDuration  = 10 * time.Minute
)

type config struct {
	scenario  string
	xds, http string
	pid       int
	variant   string
	n, k      int
	nodes     int
	shared    int
	kind      string
	per       int
	pad       int
	nodeKB    int
	acks      int
	updates   int
	probe     bool
	duration  time.Duration
	timeout   time.Duration
	settle    time.Duration
}

func parse(args []string) (config, error) {
	var c config
	if len(args) > 0 {
		c.scenario, args = args[0], args[1:]
	}
	fs := flag.NewFlagSet("xdsload", flag.ContinueOnError)
	fs.Usage = func() {
		fmt.Fprint(fs.Output(), help)
		fs.PrintDefaults()
	}
	fs.StringVar(&c.xds, "xds", "127.0.0.1:18000", "xDS gRPC `address`; loopback only")
	fs.StringVar(&c.http, "http", "127.0.0.1:18001", "snapshot API `address`; loopback only")
	fs.IntVar(&c.pid, "pid", 0, "the server's process id: report its CPU time and memory")
	fs.StringVar(&c.variant, "variant", "sotw", "sotw or delta")
	fs.IntVar(&c.n, "n", 100, "streams, each with its own connection; in churn clients at a time")
	fs.IntVar(&c.k, "k", 100, "resources of each type in a snapshot")
	fs.IntVar(&c.nodes, "nodes", 1, "distinct node ids, spread over the streams; 0: each has its own")
	fs.IntVar(&c.shared, "shared", 0, "percentage of the resources that are the same in the snapshots of all nodes")
	fs.StringVar(&c.kind, "kind", "endpoints", "endpoints (K clusters and K assignments) or routes (K route configurations)")
	fs.IntVar(&c.per, "per", 3, "endpoints in an assignment, or routes in a route configuration")
	fs.IntVar(&c.pad, "pad", 0, "bytes of text more in each route configuration; in raw the bytes of a PUT")
	fs.IntVar(&c.nodeKB, "node-kb", 0, "size of the node in KB, which then comes in every request, as Envoy sends it; 0: a small one in the first alone")
	fs.IntVar(&c.acks, "acks", 100, "requests of each stream in ack")
	fs.IntVar(&c.updates, "updates", 20, "updates in fanout, each of which changes one resource")
	fs.BoolVar(&c.probe, "probe", false, "during updates, have a stream of another node start over and over, and tell its longest wait")
	fs.DurationVar(&c.duration, "duration", 10*time.Second, "length of churn and idle")
	fs.DurationVar(&c.timeout, "timeout", time.Minute, "limit on each wait: connecting, a sync, an update, a PUT")
	fs.DurationVar(&c.settle, "settle", 200*time.Millisecond, "time for late traffic before CPU and bytes are read and streams are verified")
	if err := fs.Parse(args); err != nil {
		return c, err
	}
	if fs.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	switch c.scenario {
	case "idle", "ack":
		c.updates = 1
	case "sync", "churn":
		c.updates = 0
	}
	return c, c.check()
}

func (c *config) check() error {
	for _, addr := range []string{c.xds, c.http} {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return err
		}
		if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
			return fmt.Errorf("%s is not a loopback address", addr)
		}
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	switch {
	case !slices.Contains(scenarios, c.scenario):
		return fmt.Errorf("scenario %q: want one of %v", c.scenario, scenarios)
	case c.variant != "sotw" && c.variant != "delta":
		return fmt.Errorf("-variant %q: want sotw or delta", c.variant)
	case c.kind != "endpoints" && c.kind != "routes":
		return fmt.Errorf("-kind %q: want endpoints or routes", c.kind)
	case c.n < 1 || c.n > maxStreams || c.k < 1 || c.k > maxResources || c.n*c.k > maxHeld:
		return fmt.Errorf("-n and -k: want 1 to %d streams, 1 to %d resources, and at most %d of both multiplied", maxStreams, maxResources, maxHeld)
	case uint64(c.n)+64 > files.Cur:
		return fmt.Errorf("-n %d: more than the limit of %d open files allows", c.n, files.Cur)
	case c.updates < 0 || c.updates > maxUpdates:
		return fmt.Errorf("-updates: want 0 to %d", maxUpdates)
	case c.pid < 0 || c.nodes < 0 || c.shared < 0 || c.shared > 100 || c.per < 1 || c.per > 200:
		return errors.New("want -pid and -nodes of at least 0, -shared of 0 to 100, -per of 1 to 200")
	case c.pad < 0 || c.pad > maxPad || c.pad > 0 && c.scenario != "raw" && c.kind != "routes":
		return fmt.Errorf("-pad: want 0 to %d, with -kind routes", maxPad)
	case c.scenario == "raw" && c.pad == 0:
		return errors.New("raw wants -pad")
	case c.nodeKB < 0 || c.nodeKB > maxNodeKB || c.acks < 1 || c.acks > maxAcks:
		return fmt.Errorf("want -node-kb of 0 to %d, -acks of 1 to %d", maxNodeKB, maxAcks)
	case c.duration <= 0 || max(c.duration, c.timeout, c.settle) > maxDuration || c.timeout <= 0 || c.settle < 0:
		return fmt.Errorf("-duration, -timeout and -settle: want at most %v", maxDuration)
	}
	return nil
}

func main() {
	c, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "xdsload: %v\n", err)
		os.Exit(2)
	}
	debug.SetGCPercent(400) // fewer collections in the generator: CPU is shared with the server
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := execute(ctx, c)
	for name, v := range r.Metrics {
		r.Metrics[name] = math.Round(v*1000) / 1000
	}
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil || !r.OK {
		os.Exit(1)
	}
}
