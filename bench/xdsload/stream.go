package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"
)

const (
	sotwMethod  = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"
	deltaMethod = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"
)

var adsDesc = &grpc.StreamDesc{StreamName: "ADS", ServerStreams: true, ClientStreams: true}

// typeState is what a stream knows of one resource type.
type typeState struct {
	*resourceType
	revs    []uint32 // revision of each resource; 0 = absent
	present int
	ack     mem.BufferSlice // of the last response
}

// stream is one ADS client: it subscribes to each type in turn, ACKs every response and keeps
// the revision of each resource. Its state is its own goroutine's until that has ended.
type stream struct {
	w     *workload
	t     *tracker
	node  int
	delta bool
	types []*typeState

	subscribed int // types asked for so far
	received   time.Time
	replies    []mem.BufferSlice
	next       uint32          // the first update not yet reached
	at         []time.Duration // when each update was reached, from the tracker's epoch

	cs            grpc.ClientStream
	pushes, bytes atomic.Int64 // responses and their size
}

func newStream(w *workload, t *tracker, node int, delta bool) *stream {
	s := &stream{w: w, t: t, node: node, delta: delta, at: make([]time.Duration, t.updates+1)}
	for _, rt := range w.types {
		s.types = append(s.types, &typeState{resourceType: rt, revs: make([]uint32, w.k)})
	}
	return s
}

// run serves the stream until ctx ends or, with once, until it holds the whole snapshot.
func (s *stream) run(ctx context.Context, cc *grpc.ClientConn, once bool) error {
	method := sotwMethod
	if s.delta {
		method = deltaMethod
	}
	cs, err := grpc.NewClientStream(ctx, adsDesc, cc, method, grpc.ForceCodecV2(rawCodec{}))
	if err != nil {
		return err
	}
	s.cs = cs
	s.subscribe()
	for {
		for i, m := range s.replies {
			if err := cs.SendMsg(m); err != nil {
				for err = nil; err == nil; {
					err = cs.RecvMsg(s) // tells why the stream ended
				}
				return fmt.Errorf("send: %w", err)
			}
			s.replies[i] = nil
		}
		s.replies = s.replies[:0]
		s.advance()
		if once && s.next > 0 {
			return nil
		}
		if err := cs.RecvMsg(s); err != nil {
			return err
		}
	}
}

// subscribe queues the first request for the next type; the stream's first one carries the node.
func (s *stream) subscribe() {
	ts := s.types[s.subscribed]
	r := request{typeURL: ts.url, names: ts.nameBlock}
	if s.subscribed == 0 || s.w.everyNode {
		r.node = s.w.nodeBlocks[s.node]
	}
	s.replies = append(s.replies, r.encode(s.delta))
	s.subscribed++
}

// receive takes in one encoded response and queues its ACK, and the next subscription if it is due.
func (s *stream) receive(b []byte) error {
	s.received = time.Now()
	s.pushes.Add(1)
	s.bytes.Add(int64(len(b)))
	e, err := parseEnvelope(b)
	if err != nil {
		return err
	}
	ts := s.state(e.typeURL)
	if ts == nil {
		return fmt.Errorf("response of type %q, which was not asked for", e.typeURL)
	}
	if len(e.nonce) == 0 {
		return errors.New("response without a nonce")
	}
	if err := s.take(ts, b); err != nil {
		return err
	}
	ack := request{version: string(e.version), typeURL: ts.url, nonce: string(e.nonce)}
	if !s.delta {
		ack.names = ts.nameBlock
	}
	if s.w.everyNode {
		ack.node = s.w.nodeBlocks[s.node]
	}
	ts.ack = ack.encode(s.delta)
	s.replies = append(s.replies, ts.ack)
	if s.subscribed < len(s.types) && s.types[s.subscribed-1].present == s.w.k {
		s.subscribe()
	}
	return nil
}

// repeatAck sends the last ACK of one of the types again. The stream is to be synced, and no update on its way.
func (s *stream) repeatAck(i int) error { return s.cs.SendMsg(s.types[i%len(s.types)].ack) }

func (s *stream) state(typeURL []byte) *typeState {
	for _, ts := range s.types[:s.subscribed] {
		if ts.url == string(typeURL) {
			return ts
		}
	}
	return nil
}

// take applies a response's resources to the type's state.
func (s *stream) take(ts *typeState, b []byte) error {
	if !s.delta && ts.fullState {
		clear(ts.revs)
		ts.present = 0
	}
	count := 0
	for len(b) > 0 {
		num, val, rest, err := nextField(b)
		if err != nil {
			return err
		}
		b = rest
		switch {
		case num == respResources:
			count++
			err = s.takeResource(ts, val)
		case s.delta && num == deltaRemoved:
			ts.drop(val)
		case s.delta && num == deltaRemovedName:
			var name []byte
			if name, err = field(val, 1); err == nil {
				ts.drop(name)
			}
		}
		if err != nil {
			return err
		}
	}
	// The snapshot always has k resources: a complete list holds them all, and a synced stream loses none.
	whole := ts.fullState && !s.delta
	if count > s.w.k || whole && count != s.w.k || (whole || s.next > 0) && ts.present != s.w.k {
		return fmt.Errorf("a response with %d %s leaves %d of %d", count, ts.key, ts.present, s.w.k)
	}
	return nil
}

func (s *stream) takeResource(ts *typeState, b []byte) error {
	var wrapperName []byte
	if s.delta {
		wrapper := b
		var err error
		if wrapperName, err = field(wrapper, deltaResourceName); err != nil {
			return err
		}
		if b, err = field(wrapper, deltaResource); err != nil {
			return err
		}
	}
	typeURL, value, err := unwrapAny(b)
	if err != nil {
		return err
	}
	if string(typeURL) != ts.url {
		return fmt.Errorf("resource of type %q among %s", typeURL, ts.key)
	}
	name, err := field(value, 1)
	if err != nil {
		return err
	}
	if s.delta && string(wrapperName) != string(name) {
		return fmt.Errorf("resource %q is named %q", name, wrapperName)
	}
	i := ts.index(name)
	if i < 0 {
		return fmt.Errorf("%s %q was not put", ts.key, name)
	}
	rev := findRev(value)
	if !s.w.ownRev(rev, i, s.node) {
		return fmt.Errorf("%s %q has revision %d, which is not of node %s", ts.key, name, rev, s.w.nodeID(s.node))
	}
	if ts.revs[i] == 0 {
		ts.present++
	}
	ts.revs[i] = rev
	return nil
}

func (ts *typeState) drop(name []byte) {
	if i := ts.index(name); i >= 0 && ts.revs[i] != 0 {
		ts.revs[i] = 0
		ts.present--
	}
}

// advance notes the updates that the stream has reached. The first snapshot counts from the moment
// its last ACK was sent, an update from the moment its response was received.
func (s *stream) advance() {
	for int(s.next) < len(s.at) && s.holds(s.next) {
		at := s.received
		if s.next == 0 {
			at = time.Now()
		}
		s.at[s.next] = at.Sub(s.t.epoch)
		s.t.reached(s.next)
		s.next++
	}
}

// holds tells whether the stream's state includes the given update.
func (s *stream) holds(update uint32) bool {
	for _, ts := range s.types {
		if ts.present != s.w.k {
			return false
		}
	}
	if update == 0 {
		return true
	}
	last, i := s.types[len(s.types)-1], s.w.target(update)
	return last.revs[i] >= s.w.rev(update, s.w.owner(i, s.node))
}

// verify compares the final state of a stream that has ended with the workload's.
func (s *stream) verify() error {
	for _, ts := range s.types {
		if ts.present != s.w.k {
			return fmt.Errorf("holds %d of %d %s", ts.present, s.w.k, ts.key)
		}
		for i, have := range ts.revs {
			if want := s.w.rev(ts.changed[i], s.w.owner(i, s.node)); have != want {
				return fmt.Errorf("%s %s at revision %d, want %d", ts.key, ts.names[i], have, want)
			}
		}
	}
	return nil
}
