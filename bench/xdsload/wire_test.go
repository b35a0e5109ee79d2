package main

import (
	"bytes"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

func testWorkload(t *testing.T, nodes, k int) *workload {
	t.Helper()
	w, err := newWorkload(&config{k: k, kind: "endpoints", per: 2}, "n", nodes)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// resources gives the typed resources of a type, at the workload's current update.
func resources(t *testing.T, w *workload, rt *resourceType, node int) []*anypb.Any {
	t.Helper()
	var out []*anypb.Any
	for i, name := range rt.names {
		m := newCluster(name)
		if rt.key == "endpoints" {
			m = newAssignment(name, i, 2)
		}
		a, err := anypb.New(m)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(a.Value, []byte(revPrefix))
		putDigits(a.Value[at+len(revPrefix):], w.rev(rt.changed[i], node))
		out = append(out, a)
	}
	return out
}

func sotw(t *testing.T, url string, list []*anypb.Any) []byte {
	t.Helper()
	b, err := proto.Marshal(&discoveryv3.DiscoveryResponse{VersionInfo: "7", TypeUrl: url, Nonce: "1", Resources: list})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func delta(t *testing.T, url string, list []*anypb.Any, names, removed []string) []byte {
	t.Helper()
	m := &discoveryv3.DeltaDiscoveryResponse{TypeUrl: url, Nonce: "1", RemovedResources: removed}
	for i, a := range list {
		m.Resources = append(m.Resources, &discoveryv3.Resource{Name: names[i], Version: "7", Resource: a})
	}
	b, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRequests(t *testing.T) {
	r := request{version: "v", typeURL: clusterURL, nonce: "3", node: encodeNode("n-1", 0), names: encodeNames([]string{"a", "b"})}
	node := &corev3.Node{Id: "n-1", Cluster: "xdsload", UserAgentName: "xdsload"}
	for _, test := range []struct{ got, want proto.Message }{
		{&discoveryv3.DiscoveryRequest{}, &discoveryv3.DiscoveryRequest{
			VersionInfo: "v", Node: node, ResourceNames: []string{"a", "b"}, TypeUrl: clusterURL, ResponseNonce: "3"}},
		{&discoveryv3.DeltaDiscoveryRequest{}, &discoveryv3.DeltaDiscoveryRequest{
			Node: node, ResourceNamesSubscribe: []string{"a", "b"}, TypeUrl: clusterURL, ResponseNonce: "3"}},
	} {
		_, isDelta := test.got.(*discoveryv3.DeltaDiscoveryRequest)
		if err := proto.Unmarshal(r.encode(isDelta).Materialize(), test.got); err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(test.got, test.want) {
			t.Errorf("got %v, want %v", test.got, test.want)
		}
	}
}

func TestLargeNode(t *testing.T) {
	w, err := newWorkload(&config{k: 1, kind: "endpoints", per: 2, nodeKB: 61}, "n", 2)
	if err != nil {
		t.Fatal(err)
	}
	s := newStream(w, newTracker(1, 0), 1, false)
	s.subscribe()
	if err := s.receive(sotw(t, clusterURL, resources(t, w, w.types[0], 1))); err != nil {
		t.Fatal(err)
	}
	for _, reply := range s.replies {
		var r discoveryv3.DiscoveryRequest
		if err := proto.Unmarshal(reply.Materialize(), &r); err != nil {
			t.Fatal(err)
		}
		if size := proto.Size(r.Node); r.Node.GetId() != "n-1" || size < 61<<10 || size > 62<<10 {
			t.Errorf("a request of node %q with %d bytes, want n-1 with 61 KB", r.Node.GetId(), size)
		}
	}
}

func TestRepeatedAcks(t *testing.T) {
	w := testWorkload(t, 1, 1)
	s := newStream(w, newTracker(1, 0), 0, true)
	s.subscribe()
	for _, rt := range w.types {
		if err := s.receive(delta(t, rt.url, resources(t, w, rt, 0), rt.names, nil)); err != nil {
			t.Fatal(err)
		}
		var r discoveryv3.DeltaDiscoveryRequest
		if err := proto.Unmarshal(s.state([]byte(rt.url)).ack.Materialize(), &r); err != nil {
			t.Fatal(err)
		}
		if r.TypeUrl != rt.url || r.ResponseNonce != "1" {
			t.Errorf("the ACK of %s is %v", rt.key, &r)
		}
	}
}

func TestStream(t *testing.T) {
	for _, isDelta := range []bool{false, true} {
		w := testWorkload(t, 2, 3)
		s := newStream(w, newTracker(1, 1), 1, isDelta)
		s.subscribe()
		send := func(rt *resourceType, list []*anypb.Any, names []string) {
			t.Helper()
			b := sotw(t, rt.url, list)
			if isDelta {
				b = delta(t, rt.url, list, names, nil)
			}
			if err := s.receive(b); err != nil {
				t.Fatal(err)
			}
			s.advance()
		}
		clusters, endpoints := w.types[0], w.types[1]
		send(clusters, resources(t, w, clusters, 1), clusters.names)
		if s.subscribed != 2 || s.next != 0 {
			t.Fatalf("after clusters: %d subscriptions, update %d", s.subscribed, s.next)
		}
		send(endpoints, resources(t, w, endpoints, 1), endpoints.names)
		if s.next != 1 || s.verify() != nil {
			t.Fatalf("after endpoints: update %d, %v", s.next, s.verify())
		}

		w.advance()
		if err := s.verify(); err == nil {
			t.Error("a stale stream passes")
		}
		send(endpoints, resources(t, w, endpoints, 1)[:1], endpoints.names) // only what changed
		if s.next != 2 || s.verify() != nil {
			t.Fatalf("after the update: update %d, %v", s.next, s.verify())
		}

		// A SotW response without a cluster removes it; delta names what it removes.
		b := sotw(t, clusterURL, resources(t, w, clusters, 1)[1:])
		if isDelta {
			b = delta(t, clusterURL, nil, nil, clusters.names[:1])
		}
		if err := s.receive(b); err == nil || !strings.Contains(err.Error(), "leaves 2 of 3") {
			t.Errorf("after a removal: %v", err)
		}
		if err := s.verify(); err == nil {
			t.Error("a stream that lost a cluster passes")
		}
	}
}

func TestStreamRejects(t *testing.T) {
	w := testWorkload(t, 2, 3)
	clusters, endpoints := w.types[0], w.types[1]
	good := resources(t, w, clusters, 1)
	for want, b := range map[string][]byte{
		"not of node":     sotw(t, clusterURL, resources(t, w, clusters, 0)),
		"was not put":     sotw(t, clusterURL, resources(t, testWorkload(t, 2, 4), &resourceType{names: []string{"service-000003"}, changed: make([]uint32, 1)}, 1)),
		"not asked for":   sotw(t, endpointURL, resources(t, w, endpoints, 1)),
		"among clusters":  sotw(t, clusterURL, resources(t, w, endpoints, 1)),
		"with 4 clusters": sotw(t, clusterURL, append(good, good[0])),
		"leaves 1 of 3":   sotw(t, clusterURL, good[:1]),
		"without a nonce": {0x22, byte(len(clusterURL))},
		"malformed":       {0x12, 0x7f},
		"leaves 2 of 3":   sotw(t, clusterURL, []*anypb.Any{good[0], good[1], good[1]}),
	} {
		if want == "without a nonce" {
			b = append(b, clusterURL...)
		}
		s := newStream(w, newTracker(1, 0), 1, false)
		s.subscribe()
		if err := s.receive(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want ...%s...", err, want)
		}
	}
	s := newStream(w, newTracker(1, 0), 1, true)
	s.subscribe()
	if err := s.receive(delta(t, clusterURL, good[:1], []string{"other"}, nil)); err == nil {
		t.Error("a misnamed resource passes")
	}
}

func TestSharedResources(t *testing.T) {
	w, err := newWorkload(&config{k: 2, kind: "endpoints", per: 2, shared: 50}, "n", 2)
	if err != nil {
		t.Fatal(err)
	}
	one := string(w.render(0))
	two := string(w.render(1))
	same, own := w.types[0].revAt[0], w.types[0].revAt[1]
	if one[same:same+revDigits] != two[same:same+revDigits] || one[own:own+revDigits] == two[own:own+revDigits] {
		t.Error("of two resources, the first one alone is to be the same for both nodes")
	}
}
