// Command go-control-plane serves go-control-plane's snapshot cache over ADS, behind Chancery's snapshot API,
// so that one load generator can drive both.
//
//	PUT    /api/v1/snapshots/{node}   {"version": "...", "resources": {"clusters": [...], ...}}
//	DELETE /api/v1/snapshots/{node}
//
// When it is ready, it prints one line of JSON with the addresses it listens on: {"xds": "...", "http": "..."}.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
)

// kinds maps the API's keys to type URLs and empty messages, for the types that the load generator puts.
var kinds = map[string]struct {
	typeURL string
	empty   func() proto.Message
}{
	"clusters":  {resource.ClusterType, func() proto.Message { return &clusterv3.Cluster{} }},
	"endpoints": {resource.EndpointType, func() proto.Message { return &endpointv3.ClusterLoadAssignment{} }},
	"routes":    {resource.RouteType, func() proto.Message { return &routev3.RouteConfiguration{} }},
}

type body struct {
	Version   string                       `json:"version"`
	Resources map[string][]json.RawMessage `json:"resources"`
}

func main() {
	xdsAddr := flag.String("xds", "127.0.0.1:0", "xDS gRPC address")
	httpAddr := flag.String("http", "127.0.0.1:0", "snapshot API address")
	flag.Parse()

	ctx := context.Background()
	snapshots := cache.NewSnapshotCache(true, cache.IDHash{}, nil)
	xds := grpc.NewServer(
		grpc.MaxConcurrentStreams(1_000_000),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 5 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
	)
	discovery.RegisterAggregatedDiscoveryServiceServer(xds, server.NewServer(ctx, snapshots, nil))

	xdsListener, httpListener := listen(*xdsAddr), listen(*httpAddr)
	go func() { log.Fatal(xds.Serve(xdsListener)) }()
	json.NewEncoder(os.Stdout).Encode(map[string]string{
		"xds": xdsListener.Addr().String(), "http": httpListener.Addr().String(),
	})
	log.Fatal(http.Serve(httpListener, snapshotAPI(ctx, snapshots)))
}

func listen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	return listener
}

func snapshotAPI(ctx context.Context, snapshots cache.SnapshotCache) http.Handler {
	var serial atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /api/v1/snapshots/{node}", func(w http.ResponseWriter, r *http.Request) {
		var in body
		err := json.NewDecoder(r.Body).Decode(&in)
		if err == nil {
			if in.Version == "" {
				in.Version = strconv.FormatInt(serial.Add(1), 10)
			}
			err = set(ctx, snapshots, r.PathValue("node"), in)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("content-type", "application/json")
		json.NewEncoder(w).Encode(map[string]string{"node": r.PathValue("node"), "version": in.Version})
	})
	mux.HandleFunc("DELETE /api/v1/snapshots/{node}", func(w http.ResponseWriter, r *http.Request) {
		snapshots.ClearSnapshot(r.PathValue("node"))
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func set(ctx context.Context, snapshots cache.SnapshotCache, node string, in body) error {
	resources := map[resource.Type][]types.Resource{}
	for key, list := range in.Resources {
		kind, ok := kinds[key]
		if !ok {
			return fmt.Errorf("unknown resource kind %q", key)
		}
		for i, item := range list {
			m := kind.empty()
			if err := protojson.Unmarshal(item, m); err != nil {
				return fmt.Errorf("%s[%d]: %w", key, i, err)
			}
			resources[kind.typeURL] = append(resources[kind.typeURL], m)
		}
	}
	snapshot, err := cache.NewSnapshot(in.Version, resources)
	if err != nil {
		return err
	}
	return snapshots.SetSnapshot(ctx, node, snapshot)
}
