// Reads a page of metrics from standard input with Prometheus' own parser, and writes what is on it as JSON.
package main

import (
	"encoding/json"
	"log"
	"os"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

type metric struct {
	Labels  map[string]string  `json:"labels"`
	Value   float64            `json:"value"`
	Count   uint64             `json:"count"`
	Sum     float64            `json:"sum"`
	Buckets map[string]float64 `json:"buckets"`
}

type family struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Metrics []metric `json:"metrics"`
}

func main() {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	parsed, err := parser.TextToMetricFamilies(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	families := []family{}
	for name, from := range parsed {
		to := family{Name: name, Type: from.GetType().String(), Metrics: []metric{}}
		for _, one := range from.GetMetric() {
			to.Metrics = append(to.Metrics, toMetric(one))
		}
		families = append(families, to)
	}
	if err := json.NewEncoder(os.Stdout).Encode(families); err != nil {
		log.Fatal(err)
	}
}

func toMetric(from *dto.Metric) metric {
	to := metric{Labels: map[string]string{}, Buckets: map[string]float64{}}
	for _, label := range from.GetLabel() {
		to.Labels[label.GetName()] = label.GetValue()
	}
	switch {
	case from.Counter != nil:
		to.Value = from.GetCounter().GetValue()
	case from.Gauge != nil:
		to.Value = from.GetGauge().GetValue()
	case from.Untyped != nil:
		to.Value = from.GetUntyped().GetValue()
	case from.Histogram != nil:
		to.Count = from.GetHistogram().GetSampleCount()
		to.Sum = from.GetHistogram().GetSampleSum()
		for _, bucket := range from.GetHistogram().GetBucket() {
			to.Buckets[model.SampleValue(bucket.GetUpperBound()).String()] = float64(bucket.GetCumulativeCount())
		}
	}
	return to
}
