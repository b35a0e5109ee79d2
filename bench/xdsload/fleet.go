package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	dialParallel = 64       // connections being opened at a time
	window       = 16 << 20 // HTTP/2 window of each stream and connection, bytes
)

// tracker counts, for each update, the streams that have yet to reach it.
type tracker struct {
	updates int
	epoch   time.Time
	left    []atomic.Int64
	done    []chan struct{}
}

func newTracker(streams, updates int) *tracker {
	t := &tracker{updates: updates, epoch: time.Now()}
	t.left = make([]atomic.Int64, updates+1)
	t.done = make([]chan struct{}, updates+1)
	for i := range t.done {
		t.left[i].Store(int64(streams))
		t.done[i] = make(chan struct{})
	}
	return t
}

func (t *tracker) reached(update uint32) {
	if t.left[update].Add(-1) == 0 {
		close(t.done[update])
	}
}

// fleet is a set of streams over a set of connections.
type fleet struct {
	conns   []*grpc.ClientConn
	streams []*stream
	t       *tracker
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	closing atomic.Bool
	failed  chan struct{} // closed at the first error
	mu      sync.Mutex
	errs    []error
}

// dial opens one connection and waits until it is ready.
func dial(ctx context.Context, c *config) (*grpc.ClientConn, error) {
	cc, err := grpc.NewClient("passthrough:///"+c.xds,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStaticStreamWindowSize(window),
		grpc.WithStaticConnWindowSize(window),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)),
		grpc.WithSharedWriteBuffer(true),
		grpc.WithDisableRetry(),
		grpc.WithDisableServiceConfig(),
		grpc.WithNoProxy(),
		grpc.WithIdleTimeout(0),
	)
	if err != nil {
		return nil, err
	}
	cc.Connect()
	for {
		switch state := cc.GetState(); {
		case state == connectivity.Ready:
			return cc, nil
		case state == connectivity.TransientFailure:
			cc.Close()
			return nil, fmt.Errorf("connect to %s failed", c.xds)
		case !cc.WaitForStateChange(ctx, state):
			cc.Close()
			return nil, fmt.Errorf("connect to %s: %w", c.xds, ctx.Err())
		}
	}
}

// connect opens n connections.
func connect(ctx context.Context, c *config, n int) (*fleet, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	f := &fleet{conns: make([]*grpc.ClientConn, n), failed: make(chan struct{})}
	slots := make(chan struct{}, dialParallel)
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first error
	)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			cc, err := dial(ctx, c)
			if err != nil {
				once.Do(func() { first = err })
				cancel()
			}
			f.conns[i] = cc
		})
	}
	wg.Wait()
	if first != nil {
		f.close()
		return nil, first
	}
	return f, nil
}

// open starts all streams at once, and sets the tracker's epoch to that moment.
func (f *fleet) open(ctx context.Context, streams []*stream, t *tracker) {
	ctx, f.cancel = context.WithCancel(ctx)
	f.streams, f.t = streams, t
	t.epoch = time.Now()
	for i, s := range streams {
		f.wg.Go(func() {
			err := s.run(ctx, f.conns[i%len(f.conns)], false)
			if !f.closing.Load() {
				f.fail(fmt.Errorf("stream %d: %w", i, err))
			}
		})
	}
}

func (f *fleet) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.errs) == 0 {
		close(f.failed)
	}
	f.errs = append(f.errs, err)
}

// wait blocks until every stream has reached the update.
func (f *fleet) wait(ctx context.Context, update int, timeout time.Duration) error {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-f.t.done[update]:
		return nil
	case <-f.failed:
		return errors.New("streams failed")
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("timeout: %d of %d streams have not reached update %d after %v",
			f.t.left[update].Load(), len(f.streams), update, timeout)
	}
}

// pause lets time pass with the streams open; it ends early if one of them fails.
func (f *fleet) pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-f.failed:
	case <-ctx.Done():
	}
}

// traffic sums up the responses received so far.
func (f *fleet) traffic() (pushes, bytes int64) {
	for _, s := range f.streams {
		pushes += s.pushes.Load()
		bytes += s.bytes.Load()
	}
	return pushes, bytes
}

// close ends all streams and connections, and waits for them.
func (f *fleet) close() {
	f.closing.Store(true)
	if f.cancel != nil {
		f.cancel()
	}
	f.wg.Wait()
	for _, cc := range f.conns {
		if cc != nil {
			cc.Close()
		}
	}
}
