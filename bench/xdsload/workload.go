package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	clusterURL  = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
	endpointURL = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
	routeURL    = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"

	// Every resource carries "rev-" and revDigits digits: which update last changed it, for which node.
	revPrefix = "rev-"
	revDigits = 10
	revZero   = revPrefix + "0000000000"

	// Every name ends in nameDigits digits: the resource's index.
	nameDigits = 6
)

// resourceType is one type of a workload. Its resources are names[i] for i in 0..K-1.
type resourceType struct {
	key       string // key in the snapshot API's body
	url       string
	fullState bool // a SotW response holds all resources of the type, not only changed ones
	names     []string
	nameBlock []byte   // the names, encoded for requests; empty subscribes to all
	revAt     []int    // where the body holds each resource's revision
	changed   []uint32 // the last update that changed each resource; 0 is the first snapshot
}

// workload is one snapshot's worth of resources, offered to one or more nodes.
type workload struct {
	prefix     string // of node ids
	nodes      int
	k          int
	nodeBlocks [][]byte        // each node, encoded for requests
	everyNode  bool            // every request carries the node
	shared     int             // percentage of the resources that are the same for all nodes
	update     uint32          // the current update
	types      []*resourceType // in the order of subscription; updates change one resource of the last
	body       []byte
}

func newWorkload(c *config, prefix string, nodes int) (*workload, error) {
	k := c.k
	w := &workload{prefix: prefix, nodes: nodes, k: k, everyNode: c.nodeKB > 0, shared: c.shared}
	for node := range nodes {
		w.nodeBlocks = append(w.nodeBlocks, encodeNode(w.nodeID(node), c.nodeKB<<10))
	}
	build := map[string]func(i int) proto.Message{}
	addType := func(t *resourceType, resource func(i int) proto.Message) {
		build[t.key] = resource
		w.types = append(w.types, t)
	}
	names := make([]string, k)
	for i := range names {
		names[i] = fmt.Sprintf("service-%0*d", nameDigits, i)
	}
	if c.kind == "routes" {
		addType(&resourceType{key: "routes", url: routeURL}, func(i int) proto.Message { return newRoute(names[i], c.per, c.pad) })
	} else {
		addType(&resourceType{key: "clusters", url: clusterURL, fullState: true}, func(i int) proto.Message { return newCluster(names[i]) })
		addType(&resourceType{key: "endpoints", url: endpointURL}, func(i int) proto.Message { return newAssignment(names[i], i, c.per) })
	}

	// The body is rendered once; an update rewrites the digits of the revisions in place.
	var b bytes.Buffer
	b.WriteString(`{"resources":{`)
	for n, t := range w.types {
		t.names = names
		t.changed = make([]uint32, k)
		t.revAt = make([]int, k)
		if !t.fullState {
			t.nameBlock = encodeNames(names)
		}
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:[", t.key)
		for i := range k {
			if i > 0 {
				b.WriteByte(',')
			}
			one, err := protojson.Marshal(build[t.key](i))
			if err != nil {
				return nil, err
			}
			start := b.Len()
			if err := json.Compact(&b, one); err != nil {
				return nil, err
			}
			at := bytes.Index(b.Bytes()[start:], []byte(revZero))
			if at < 0 {
				return nil, fmt.Errorf("%s[%d] has no revision", t.key, i)
			}
			t.revAt[i] = start + at + len(revPrefix)
		}
		b.WriteByte(']')
	}
	b.WriteString("}}")
	w.body = b.Bytes()
	return w, nil
}

func (w *workload) nodeID(node int) string { return w.prefix + "-" + strconv.Itoa(node) }

// rev is the revision that a resource changed by the given update carries on the given node.
func (w *workload) rev(update uint32, node int) uint32 {
	return update*uint32(w.nodes) + uint32(node) + 1
}

// owner is the node whose revision the given node's i-th resource carries: shared ones carry the first node's.
func (w *workload) owner(i, node int) int {
	if i*100 < w.shared*w.k {
		return 0
	}
	return node
}

// ownRev tells whether a revision is one of the given node's i-th resource.
func (w *workload) ownRev(rev uint32, i, node int) bool {
	return rev > 0 && int(rev-1)%w.nodes == w.owner(i, node)
}

// target is the index of the resource that the given update changes.
func (w *workload) target(update uint32) int { return int(update-1) % w.k }

// advance moves the workload on to its next update.
func (w *workload) advance() {
	w.update++
	w.types[len(w.types)-1].changed[w.target(w.update)] = w.update
}

// render gives the node's body at the current update; it is valid until the next render.
func (w *workload) render(node int) []byte {
	for _, t := range w.types {
		for i, at := range t.revAt {
			putDigits(w.body[at:], w.rev(t.changed[i], w.owner(i, node)))
		}
	}
	return w.body
}

func putDigits(b []byte, n uint32) {
	for i := revDigits - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// findRev reads the revision in an encoded resource; 0 where there is none.
func findRev(value []byte) uint32 {
	at := bytes.Index(value, []byte(revPrefix))
	if at < 0 || len(value) < at+len(revZero) {
		return 0
	}
	n, ok := parseDigits(value[at+len(revPrefix) : at+len(revZero)])
	if !ok {
		return 0
	}
	return n
}

// index gives the index of the resource with the given name, or -1.
func (t *resourceType) index(name []byte) int {
	if len(name) < nameDigits {
		return -1
	}
	i, ok := parseDigits(name[len(name)-nameDigits:])
	if !ok || int(i) >= len(t.names) || t.names[i] != string(name) {
		return -1
	}
	return int(i)
}

func parseDigits(b []byte) (n uint32, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint32(c-'0')
	}
	return n, true
}

func newCluster(name string) proto.Message {
	return &clusterv3.Cluster{
		Name:                 name,
		AltStatName:          revZero,
		ClusterDiscoveryType: &clusterv3.Cluster_Type{Type: clusterv3.Cluster_EDS},
		EdsClusterConfig: &clusterv3.Cluster_EdsClusterConfig{EdsConfig: &corev3.ConfigSource{
			ResourceApiVersion:    corev3.ApiVersion_V3,
			ConfigSourceSpecifier: &corev3.ConfigSource_Ads{Ads: &corev3.AggregatedConfigSource{}},
		}},
		ConnectTimeout: durationpb.New(time.Second),
	}
}

// newAssignment gives n endpoints in one locality; the first one's hostname is the revision.
func newAssignment(name string, i, n int) proto.Message {
	locality := &endpointv3.LocalityLbEndpoints{}
	for j := range n {
		e := &endpointv3.Endpoint{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{
			SocketAddress: &corev3.SocketAddress{
				Address:       fmt.Sprintf("10.%d.%d.%d", i>>8&255, i&255, j&255),
				PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: 8080},
			},
		}}}
		if j == 0 {
			e.Hostname = revZero
		}
		locality.LbEndpoints = append(locality.LbEndpoints, &endpointv3.LbEndpoint{
			HostIdentifier: &endpointv3.LbEndpoint_Endpoint{Endpoint: e},
		})
	}
	return &endpointv3.ClusterLoadAssignment{
		ClusterName: name,
		Endpoints:   []*endpointv3.LocalityLbEndpoints{locality},
	}
}

// newRoute gives a virtual host with n routes and as many bytes of text besides; the first one's name is the revision.
func newRoute(name string, n, pad int) proto.Message {
	host := &routev3.VirtualHost{Name: name, Domains: []string{name + ".example"}}
	for j := range n {
		r := &routev3.Route{
			Match: &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: fmt.Sprintf("/v%d/", j)}},
			Action: &routev3.Route_Route{Route: &routev3.RouteAction{
				ClusterSpecifier: &routev3.RouteAction_Cluster{Cluster: name},
			}},
		}
		if j == 0 {
			r.Name = revZero
			r.StatPrefix = strings.Repeat("x", pad)
		}
		host.Routes = append(host.Routes, r)
	}
	return &routev3.RouteConfiguration{Name: name, VirtualHosts: []*routev3.VirtualHost{host}}
}

// snapshotAPI is the control plane's HTTP side.
type snapshotAPI struct {
	base   string
	client *http.Client
}

func newSnapshotAPI(addr string, timeout time.Duration) *snapshotAPI {
	return &snapshotAPI{
		base:   "http://" + addr + "/api/v1/snapshots/",
		client: &http.Client{Timeout: timeout, Transport: &http.Transport{}},
	}
}

// put replaces a node's snapshot, and tells when the request began and when its response was read.
func (a *snapshotAPI) put(ctx context.Context, node string, body []byte) (start, end time.Time, err error) {
	return a.do(ctx, http.MethodPut, node, body, http.StatusOK)
}

func (a *snapshotAPI) remove(ctx context.Context, node string) error {
	_, _, err := a.do(ctx, http.MethodDelete, node, nil, http.StatusNoContent)
	return err
}

func (a *snapshotAPI) do(ctx context.Context, method, node string, body []byte, want int) (start, end time.Time, err error) {
	req, err := http.NewRequestWithContext(ctx, method, a.base+url.PathEscape(node), bytes.NewReader(body))
	if err != nil {
		return start, end, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	start = time.Now()
	resp, err := a.client.Do(req)
	if err != nil {
		return start, end, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	end = time.Now()
	if err == nil && resp.StatusCode != want {
		err = fmt.Errorf("%s %s: %s: %.200s", method, node, resp.Status, text)
	}
	return start, end, err
}
