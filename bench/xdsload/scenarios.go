package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// bench is a run in progress.
type bench struct {
	config
	result
	api   *snapshotAPI
	meter meter
	w     *workload
	start usage    // before the first PUT
	puts  [][]span // of each update, by node
}

// span is the time that a PUT took.
type span struct{ start, end time.Time }

// execute carries out one run. Whatever goes wrong is in the result.
func execute(ctx context.Context, c config) result {
	b := &bench{
		config: c,
		result: result{OK: true, Errors: []string{}, Metrics: map[string]float64{}},
		api:    newSnapshotAPI(c.http, c.timeout),
		meter:  meter{c.pid},
	}
	if c.scenario == "raw" {
		b.raw(ctx)
		return b.result
	}
	w, err := newWorkload(&b.config, "bench", b.nodeCount())
	if err != nil {
		b.fail(err)
		return b.result
	}
	b.w = w
	stopProbe, err := b.probeIfAsked(ctx, "upload_probe")
	if err != nil {
		b.fail(err)
		return b.result
	}
	b.start = b.meter.cpu()
	first, err := b.putAll(ctx)
	stopProbe()
	if err != nil {
		b.fail(err)
	} else {
		b.set("upload_ms", ms(first[len(first)-1].end.Sub(first[0].start)))
		b.setCPU("upload_", b.start)
		if c.scenario == "churn" {
			b.churn(ctx)
		} else {
			b.steady(ctx)
		}
	}
	b.cleanup(w)
	return b.result
}

// nodeCount is the number of distinct node ids.
func (b *bench) nodeCount() int {
	if b.nodes == 0 {
		return b.n
	}
	return min(b.nodes, b.n)
}

// putAll puts the current snapshot of every node, one after the other.
func (b *bench) putAll(ctx context.Context) ([]span, error) {
	spans := make([]span, b.w.nodes)
	for node := range spans {
		start, end, err := b.api.put(ctx, b.w.nodeID(node), b.w.render(node))
		if err != nil {
			return nil, err
		}
		spans[node] = span{start, end}
	}
	return spans, nil
}

// cleanup removes a workload's snapshots, also after an interrupt.
func (b *bench) cleanup(w *workload) {
	ctx, cancel := context.WithTimeout(context.Background(), b.timeout)
	defer cancel()
	for node := range w.nodes {
		if err := b.api.remove(ctx, w.nodeID(node)); err != nil {
			b.fail(err)
			return
		}
	}
}

// steady is every scenario but churn: connect, sync all streams, hold them or send updates, verify.
func (b *bench) steady(ctx context.Context) {
	start := time.Now()
	cpu := b.meter.cpu()
	f, err := connect(ctx, &b.config, b.n)
	if err != nil {
		b.fail(err)
		return
	}
	b.set("connect_ms", ms(time.Since(start)))
	b.setCPU("connect_", cpu)

	t := newTracker(b.n, b.updates)
	streams := make([]*stream, b.n)
	for i := range streams {
		streams[i] = newStream(b.w, t, i%b.w.nodes, b.variant == "delta")
	}
	err = b.drive(ctx, f, streams, t)
	f.close()
	for _, e := range f.errs {
		b.fail(e)
	}
	if err != nil {
		b.fail(err)
	}
	if !b.OK {
		return
	}
	for i, s := range streams {
		if err := s.verify(); err != nil {
			b.fail(fmt.Errorf("stream %d: %w", i, err))
		}
	}
	b.latencies(streams, t)
}

// drive takes the streams through the run; they are still open when it returns.
func (b *bench) drive(ctx context.Context, f *fleet, streams []*stream, t *tracker) error {
	runtime.GC() // rather than while timing
	done := b.window(f)
	f.open(ctx, streams, t)
	if err := f.wait(ctx, 0, b.timeout); err != nil {
		return err
	}
	f.pause(ctx, b.settle)
	done("sync_")
	b.setCPU("total_", b.start)

	if b.scenario == "idle" {
		done := b.window(f)
		f.pause(ctx, b.duration)
		done("idle_")
	}
	if b.scenario == "ack" {
		if err := b.repeatAcks(ctx, f); err != nil {
			return err
		}
	}
	if b.pid > 0 {
		b.serverMemory()
	}
	if b.updates == 0 {
		return nil
	}
	stopProbe, err := b.probeIfAsked(ctx, "probe")
	if err != nil {
		return err
	}
	runtime.GC()
	done = b.window(f)
	err = b.sendUpdates(ctx, f)
	f.pause(ctx, b.settle)
	done("")
	stopProbe()
	return err
}

// window starts to account for CPU time and traffic; done sets the metrics.
func (b *bench) window(f *fleet) (done func(prefix string)) {
	cpu := b.meter.cpu()
	pushes, bytes := f.traffic()
	return func(prefix string) {
		p, n := f.traffic()
		b.set(prefix+"pushes", float64(p-pushes))
		b.set(prefix+"mb", mb(n-bytes))
		b.setCPU(prefix, cpu)
	}
}

func (b *bench) setCPU(prefix string, since usage) {
	now := b.meter.cpu()
	b.set(prefix+"client_cpu_ms", ms(now.client-since.client))
	if b.pid > 0 {
		b.set(prefix+"server_cpu_ms", ms(now.server-since.server))
	}
}

func (b *bench) serverMemory() {
	m := b.meter.memory()
	b.set("rss_mb", mb(m.rss))
	b.set("peak_mb", mb(m.peak))
	b.set("anon_mb", mb(m.anon))
}

// sendUpdates puts the updates, each when all streams have the one before it.
func (b *bench) sendUpdates(ctx context.Context, f *fleet) error {
	for u := range b.updates {
		b.w.advance()
		spans, err := b.putAll(ctx)
		if err != nil {
			return err
		}
		b.puts = append(b.puts, spans)
		if err := f.wait(ctx, u+1, b.timeout); err != nil {
			return err
		}
	}
	return nil
}

// latencies sets the metrics of the first sync and of the updates, from what ended streams noted.
func (b *bench) latencies(streams []*stream, t *tracker) {
	var first []time.Duration
	for _, s := range streams {
		first = append(first, s.at[0])
	}
	b.setPercentiles("sync", first)
	if b.updates == 0 {
		return
	}

	var each, last, put []time.Duration
	for u, spans := range b.puts {
		var latest time.Time
		for _, s := range streams {
			at := t.epoch.Add(s.at[u+1])
			each = append(each, at.Sub(spans[s.node].start))
			if at.After(latest) {
				latest = at
			}
		}
		for _, p := range spans {
			put = append(put, p.end.Sub(p.start))
		}
		last = append(last, latest.Sub(spans[0].start))
	}
	b.setPercentiles("put", put)
	b.setPercentiles("each", each)
	b.setPercentiles("last", last)
	b.perUpdate()
}

// perUpdate divides by the updates what was counted over all of them.
func (b *bench) perUpdate() {
	if cpu := b.Metrics["server_cpu_ms"]; b.pid > 0 && cpu > 0 {
		b.set("update_server_cpu_ms", cpu/float64(b.updates))
		b.set("server_cpu_ms_per_gb", cpu/b.Metrics["mb"]*1024)
	}
}

// churn has n clients connect, sync and leave, over and over, until the duration is over.
func (b *bench) churn(ctx context.Context) {
	runtime.GC()
	var (
		mu   sync.Mutex
		took []time.Duration
		wg   sync.WaitGroup
	)
	cpu := b.meter.cpu()
	begin := time.Now()
	for i := range b.n {
		wg.Go(func() {
			for ctx.Err() == nil && time.Since(begin) < b.duration {
				start := time.Now()
				err := b.live(ctx, i)
				mu.Lock()
				if err != nil {
					b.fail(fmt.Errorf("client %d: %w", i, err))
				} else {
					took = append(took, time.Since(start))
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	seconds := time.Since(begin).Seconds()
	b.setCPU("", cpu)
	b.set("syncs_per_s", float64(len(took))/seconds)
	b.setPercentiles("churn", took)
	if b.pid > 0 && len(took) > 0 {
		b.serverMemory()
		b.set("sync_server_cpu_ms", b.Metrics["server_cpu_ms"]/float64(len(took)))
	}
}

// live is one client's life: connect, sync, leave.
func (b *bench) live(ctx context.Context, i int) error {
	ctx, cancel := context.WithTimeout(ctx, b.timeout)
	defer cancel()
	cc, err := dial(ctx, &b.config)
	if err != nil {
		return err
	}
	defer cc.Close()
	s := newStream(b.w, newTracker(1, 0), i%b.w.nodes, b.variant == "delta")
	if err := s.run(ctx, cc, true); err != nil {
		return err
	}
	return s.verify()
}
