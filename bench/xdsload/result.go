package main

import (
	"slices"
	"time"
)

const keepErrors = 5 // error texts kept in a result

// result is one run's outcome, and its JSON form. Metrics' names end in their units.
type result struct {
	OK      bool               `json:"ok"`
	Errors  []string           `json:"errors"`
	Metrics map[string]float64 `json:"metrics"`
}

func (r *result) fail(err error) {
	r.OK = false
	if len(r.Errors) < keepErrors {
		r.Errors = append(r.Errors, err.Error())
	}
}

func (r *result) set(name string, v float64) { r.Metrics[name] = v }

func (r *result) setPercentiles(prefix string, d []time.Duration) {
	r.set(prefix+"_p50_ms", ms(percentile(d, 50)))
	r.set(prefix+"_p99_ms", ms(percentile(d, 99)))
	r.set(prefix+"_max_ms", ms(percentile(d, 100)))
}

// percentile is by nearest rank; it sorts d.
func percentile(d []time.Duration, p int) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[max(0, (len(d)*p+99)/100-1)]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func mb(n int64) float64 { return float64(n) / (1 << 20) }
