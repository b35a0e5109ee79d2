package main

import (
	"context"
	"fmt"
	"time"
)

const probeEvery = 5 * time.Millisecond

// probeIfAsked starts a probe if the run is to have one.
func (b *bench) probeIfAsked(ctx context.Context, metric string) (stop func(), err error) {
	if !b.probe {
		return func() {}, nil
	}
	return b.startProbe(ctx, metric)
}

// startProbe has one small stream of another node start and sync over and over. The longest that it had to wait tells
// how long the server left all others alone.
func (b *bench) startProbe(ctx context.Context, metric string) (stop func(), err error) {
	small := b.config
	small.k, small.kind, small.per, small.pad = 1, "endpoints", 1, 0
	w, err := newWorkload(&small, "probe", 1)
	if err != nil {
		return nil, err
	}
	if _, _, err := b.api.put(ctx, w.nodeID(0), w.render(0)); err != nil {
		return nil, err
	}
	cc, err := dial(ctx, &small)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	synced := make(chan struct{})
	var waits []time.Duration
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			start := time.Now()
			s := newStream(w, newTracker(1, 0), 0, b.variant == "delta")
			one, end := context.WithTimeout(ctx, b.timeout)
			err := s.run(one, cc, true)
			end()
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				b.fail(fmt.Errorf("probe: %w", err))
				return
			}
			if len(waits) == 0 {
				close(synced)
			}
			waits = append(waits, time.Since(start))
			time.Sleep(probeEvery)
		}
	}()
	select {
	case <-synced:
	case <-ended:
	}
	return func() {
		cancel()
		<-ended
		cc.Close()
		b.cleanup(w)
		b.setPercentiles(metric, waits)
	}, nil
}
