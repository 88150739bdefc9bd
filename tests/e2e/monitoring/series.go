// Package monitoring holds the chart's alerts and its dashboard against the metrics of a live
// operator, by the engine of Prometheus itself. It is a module of its own, so that the other tests
// need not know Prometheus.
package monitoring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"
)

// Page is what one scrape of one target gave: a value for every series.
type Page map[string]Sample

// Sample is one series of a page. Labels hold the name, too.
type Sample struct {
	Labels labels.Labels
	Value  float64
}

func (p Page) put(sample Sample) { p[sample.Labels.String()] = sample }

// Scrape reads a page of metrics as Prometheus does. The target's labels are added; where the page
// has a label of that name it wins, as `honorLabels` of the chart's ServiceMonitor says.
func Scrape(text string, target labels.Labels) (Page, error) {
	parser := textparse.NewPromParser([]byte(text), labels.NewSymbolTable(), false)
	page := Page{}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return page, nil
		}
		if err != nil {
			return nil, fmt.Errorf("not a page of metrics: %w", err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		var own labels.Labels
		parser.Labels(&own)
		_, _, value := parser.Series()
		all := labels.NewBuilder(target)
		own.Range(func(label labels.Label) { all.Set(label.Name, label.Value) })
		page.put(Sample{Labels: all.Labels(), Value: value})
	}
}

// Families are the names of a page's metrics, with what their series are called.
func Families(text string) (families, series map[string]bool, err error) {
	families, series = map[string]bool{}, map[string]bool{}
	for line := range bytes.Lines([]byte(text)) {
		if fields := bytes.Fields(line); bytes.HasPrefix(line, []byte("# TYPE ")) && len(fields) == 4 {
			families[string(fields[2])] = true
		}
	}
	page, err := Scrape(text, labels.EmptyLabels())
	for _, sample := range page {
		series[sample.Labels.Get(labels.MetricName)] = true
	}
	return families, series, err
}

// History is scrapes in order, each Step after the one before. The last was taken at End.
type History struct {
	Pages []Page
	End   time.Time
}

// Step is the interval of the chart's ServiceMonitor.
const Step = 30 * time.Second

// Changed is a copy in which change has made of each sample none, one or several.
func (h History) Changed(change func(page int, sample Sample) []Sample) History {
	changed := History{End: h.End}
	for index, page := range h.Pages {
		next := Page{}
		for _, sample := range page {
			for _, made := range change(index, sample) {
				next.put(made)
			}
		}
		changed.Pages = append(changed.Pages, next)
	}
	return changed
}

// Query evaluates an expression of PromQL at the time of the last page.
func (h History) Query(ctx context.Context, expression string) (promql.Vector, error) {
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute,
		LookbackDelta: 5 * time.Minute})
	query, err := engine.NewInstantQuery(ctx, h, nil, expression, h.End)
	if err != nil {
		return nil, err
	}
	defer query.Close()
	result := query.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	vector, err := result.Vector()
	if err != nil {
		return nil, fmt.Errorf("%s is no instant vector: %w", expression, err)
	}
	copied := append(promql.Vector{}, vector...) // the query takes its own back
	return copied, nil
}

// Querier makes the history what the engine reads from.
func (h History) Querier(int64, int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: h.find}, nil
}

func (h History) find(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	first := h.End.Add(-Step * time.Duration(len(h.Pages)-1))
	found := map[string][]chunks.Sample{}
	known := map[string]labels.Labels{}
	var order []string
	for index, page := range h.Pages {
		at := first.Add(Step * time.Duration(index)).UnixMilli()
		for name, sample := range page {
			if !matches(sample.Labels, matchers) {
				continue
			}
			if _, seen := known[name]; !seen {
				known[name] = sample.Labels
				order = append(order, name)
			}
			found[name] = append(found[name], point{at, sample.Value})
		}
	}
	set := &seriesSet{at: -1}
	for _, name := range order {
		set.series = append(set.series, storage.NewListSeries(known[name], found[name]))
	}
	return set
}

func matches(found labels.Labels, matchers []*labels.Matcher) bool {
	for _, matcher := range matchers {
		if !matcher.Matches(found.Get(matcher.Name)) {
			return false
		}
	}
	return true
}

type seriesSet struct {
	series []storage.Series
	at     int
}

func (s *seriesSet) Next() bool                        { s.at++; return s.at < len(s.series) }
func (s *seriesSet) At() storage.Series                { return s.series[s.at] }
func (s *seriesSet) Err() error                        { return nil }
func (s *seriesSet) Warnings() annotations.Annotations { return nil }

// point is one value of a series.
type point struct {
	at    int64 // milliseconds since 1970
	value float64
}

func (p point) T() int64                      { return p.at }
func (p point) F() float64                    { return p.value }
func (p point) H() *histogram.Histogram       { return nil }
func (p point) FH() *histogram.FloatHistogram { return nil }
func (p point) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (p point) Copy() chunks.Sample           { return p }
