package support

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Metric sums the samples of one metric on the operator's page whose labels hold every one of the
// texts given, such as method="POST".
func (o *Operator) Metric(ctx context.Context, name string, labels ...string) (float64, error) {
	page, err := o.Get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	var sum float64
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		series, value, found := cutLast(line, " ")
		if !found || (series != name && !strings.HasPrefix(series, name+"{")) {
			continue
		}
		if !holdsAll(series, labels) {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("metric line %q: %w", line, err)
		}
		sum += number
	}
	return sum, nil
}

// Writes counts the requests other than reads that the operator has sent to the API server,
// whatever the answer was; or those only that have the labels.
func (o *Operator) Writes(ctx context.Context, labels ...string) (int, error) {
	var sum float64
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		count, err := o.Metric(ctx, "rest_client_requests_total",
			append([]string{`method="` + method + `"`}, labels...)...)
		if err != nil {
			return 0, err
		}
		sum += count
	}
	return int(sum), nil
}

// SettledWrites is Writes once the number has not changed for a second: a write is counted when its
// answer has come, which is later than the moment at which a watch shows what it did.
func (o *Operator) SettledWrites(ctx context.Context, labels ...string) (int, error) {
	for {
		before, err := o.Writes(ctx, labels...)
		if err != nil {
			return 0, err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(time.Second):
		}
		if after, err := o.Writes(ctx, labels...); err != nil || after == before {
			return after, err
		}
	}
}

func holdsAll(text string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}
