package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

const rawBuffer = 64 << 10

// raw is fanout without xDS: the server writes the body of each PUT to every connection as it is, and each reads as
// many bytes. What that takes is what no control plane on such sockets can do without.
func (b *bench) raw(ctx context.Context) {
	conns, err := b.dialRaw(ctx)
	defer func() {
		for _, conn := range conns {
			conn.Close()
		}
	}()
	if err == nil {
		err = b.readRaw(ctx, conns)
	}
	if err != nil {
		b.fail(err)
	}
}

func (b *bench) dialRaw(ctx context.Context) (conns []net.Conn, err error) {
	var d net.Dialer
	for range b.n {
		conn, err := d.DialContext(ctx, "tcp", b.xds)
		if err != nil {
			return conns, err
		}
		conns = append(conns, conn)
		conn.SetDeadline(time.Now().Add(b.timeout))
		// The server greets, so that no connection is still on its way when the first PUT comes.
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			return conns, err
		}
	}
	return conns, nil
}

func (b *bench) readRaw(ctx context.Context, conns []net.Conn) error {
	body := bytes.Repeat([]byte("x"), b.pad)
	cpu := b.meter.cpu()
	var last []time.Duration
	for range b.updates {
		start := time.Now()
		var wg sync.WaitGroup
		errs := make(chan error, len(conns)+1)
		for _, conn := range conns {
			conn.SetDeadline(start.Add(b.timeout))
			wg.Go(func() {
				if n, err := io.CopyBuffer(io.Discard, io.LimitReader(onlyReader{conn}, int64(b.pad)), make([]byte, rawBuffer)); err != nil || n < int64(b.pad) {
					errs <- fmt.Errorf("read %d of %d bytes: %v", n, b.pad, err)
				}
			})
		}
		if _, _, err := b.api.put(ctx, "raw", body); err != nil {
			errs <- err
			for _, conn := range conns {
				conn.SetDeadline(time.Now())
			}
		}
		wg.Wait()
		close(errs)
		for err := range errs {
			return err
		}
		last = append(last, time.Since(start))
	}
	b.set("mb", mb(int64(b.pad)*int64(b.n)*int64(b.updates)))
	b.setCPU("", cpu)
	b.setPercentiles("last", last)
	b.perUpdate()
	return nil
}

// onlyReader hides the connection's shortcuts, so that the bytes are read.
type onlyReader struct{ io.Reader }
