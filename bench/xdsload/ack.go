package main

import (
	"context"
	"fmt"
	"time"
)

const (
	quietEvery = 100 * time.Millisecond
	quietCPU   = 2 * time.Millisecond // in that time: the server has nothing left to do
)

// repeatAcks has all streams in turn send their ACKs again, and tells the server's CPU time for one. ACKs are not
// answered, so that they are over when the server comes to rest.
func (b *bench) repeatAcks(ctx context.Context, f *fleet) error {
	done := b.window(f)
	for i := range b.acks {
		for n, s := range f.streams {
			if err := s.repeatAck(i); err != nil {
				return fmt.Errorf("stream %d: repeat an ACK: %w", n, err)
			}
		}
	}
	if err := b.rest(ctx); err != nil {
		return err
	}
	done("ack_")
	if pushes := b.Metrics["ack_pushes"]; pushes > 0 {
		return fmt.Errorf("%.0f responses to repeated ACKs", pushes)
	}
	if b.pid > 0 {
		b.set("ack_server_cpu_us", b.Metrics["ack_server_cpu_ms"]*1000/float64(b.acks*b.n))
	}
	return nil
}

// rest waits until the server uses no more CPU time.
func (b *bench) rest(ctx context.Context) error {
	timer := time.NewTimer(b.timeout)
	defer timer.Stop()
	for {
		before := b.meter.cpu().server
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return fmt.Errorf("timeout: the server is still busy after %v", b.timeout)
		case <-time.After(quietEvery):
		}
		if b.meter.cpu().server-before < quietCPU {
			return nil
		}
	}
}
