package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	tick = 500 * time.Microsecond
	// What is still unanswered so long after the last call is lost.
	patience = 10 * time.Second
	// Of the calls that are taken, every so manyth has its time measured.
	measured = 16
)

// counts say how calls ended.
type counts struct {
	sent, heldBack, ok, unavailable, other int
}

func (c *counts) add(o counts) {
	c.sent += o.sent
	c.heldBack += o.heldBack
	c.ok += o.ok
	c.unavailable += o.unavailable
	c.other += o.other
}

// caller makes calls on one connection.
type caller struct {
	conn     net.Conn
	framer   *http2.Framer
	message  []byte
	headers  []hpack.HeaderField
	most     int
	incoming <-chan error

	// What the reading side shares with the writing side.
	mu       sync.Mutex
	inFlight int
	window   int
	wake     chan struct{}
	began    map[uint32]time.Time
	pongs    [][8]byte
	settings int
	counts
	times []time.Duration
	err   error

	out     bytes.Buffer
	encoded bytes.Buffer
	encoder *hpack.Encoder
	next    uint32
	number  uint64
}

// dial connects and begins to read answers.
func dial(addr, method string, template []byte, most int) (*caller, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &caller{conn: conn, most: most, window: 65_535, next: 1, began: map[uint32]time.Time{}, wake: make(chan struct{}, 1)}
	c.message = append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(template))), template...)
	for _, field := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", addr},
		{"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		c.headers = append(c.headers, hpack.HeaderField{Name: field[0], Value: field[1]})
	}
	c.encoder = hpack.NewEncoder(&c.encoded)
	c.framer = http2.NewFramer(&c.out, conn)
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.framer.SetReuseFrames()
	c.out.WriteString(http2.ClientPreface)
	c.framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20})
	c.framer.WriteWindowUpdate(0, 1<<30)
	if err := c.flush(); err != nil {
		return nil, err
	}
	incoming := make(chan error, 1)
	c.incoming = incoming
	go func() { incoming <- c.read() }()
	return c, nil
}

// call makes the calls that are due until the time is up, then waits for the answers.
func (c *caller) call(began time.Time, length time.Duration, rate float64) {
	due := 0
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for now := began; now.Sub(began) < length; now = time.Now() {
		wanted := c.most
		if rate > 0 {
			wanted = int(now.Sub(began).Seconds()*rate) - due
			due += wanted
		}
		c.send(wanted, rate > 0, now)
		if c.err = c.flush(); c.err != nil {
			return
		}
		select {
		case <-ticker.C:
		case <-c.wake:
			if rate > 0 {
				<-ticker.C
			}
		case c.err = <-c.incoming:
			return
		}
	}
	c.finish()
}

// send writes as many calls as are wanted and may be made; the others are held back.
func (c *caller) send(wanted int, counting bool, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	may := max(0, min(wanted, c.most-c.inFlight, c.window/len(c.message)))
	if counting {
		c.heldBack += wanted - may
	}
	for range may {
		if c.next%(2*measured) == 1 {
			c.began[c.next] = now
		}
		c.write()
	}
	c.inFlight += may
	c.sent += may
	c.window -= may * len(c.message)
	for ; c.settings > 0; c.settings-- {
		c.framer.WriteSettingsAck()
	}
	for _, pong := range c.pongs {
		c.framer.WritePing(true, pong)
	}
	c.pongs = c.pongs[:0]
}

func (c *caller) write() {
	c.encoded.Reset()
	for _, field := range c.headers {
		c.encoder.WriteField(field)
	}
	c.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: c.next, BlockFragment: c.encoded.Bytes(), EndHeaders: true})
	if !*fixed && len(c.message) >= 13 {
		c.number = c.number*6364136223846793005 + 1442695040888963407
		copy(c.message[len(c.message)-8:], fmt.Appendf(nil, "%08d", (c.number>>33)%10_000))
	}
	c.framer.WriteData(c.next, true, c.message)
	c.next += 2
}

func (c *caller) flush() error {
	if c.out.Len() == 0 {
		return nil
	}
	_, err := c.conn.Write(c.out.Bytes())
	c.out.Reset()
	return err
}

func (c *caller) finish() {
	last := time.After(patience)
	for {
		c.mu.Lock()
		left := c.inFlight
		c.mu.Unlock()
		if left == 0 {
			return
		}
		select {
		case <-time.After(tick):
			c.send(0, false, time.Now())
			if c.err = c.flush(); c.err != nil {
				return
			}
		case c.err = <-c.incoming:
			return
		case <-last:
			c.err = fmt.Errorf("%d calls are not answered", left)
			return
		}
	}
}

// read takes answers until the connection ends.
func (c *caller) read() error {
	for {
		frame, err := c.framer.ReadFrame()
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		if err := c.take(frame); err != nil {
			return err
		}
	}
}

func (c *caller) take(frame http2.Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			c.settings++
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			c.pongs = append(c.pongs, f.Data)
		}
	case *http2.WindowUpdateFrame:
		if f.StreamID == 0 {
			c.window += int(f.Increment)
		}
	case *http2.GoAwayFrame:
		return fmt.Errorf("the server sent GOAWAY: %v %q", f.ErrCode, f.DebugData())
	case *http2.MetaHeadersFrame:
		if f.StreamEnded() {
			c.end(f)
		}
	}
	return nil
}

func (c *caller) end(f *http2.MetaHeadersFrame) {
	c.inFlight--
	status := ""
	for _, field := range f.RegularFields() {
		if field.Name == "grpc-status" {
			status = field.Value
		}
	}
	switch status {
	case "0":
		c.ok++
		if at, found := c.began[f.StreamID]; found {
			c.times = append(c.times, time.Since(at))
		}
	case "14":
		c.unavailable++
	default:
		c.other++
	}
	delete(c.began, f.StreamID)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
