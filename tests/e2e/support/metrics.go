package support

import (
	"context"
	"fmt"
	"strconv"
	"strings"
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
// whatever the answer was.
func (o *Operator) Writes(ctx context.Context) (int, error) {
	var sum float64
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
		count, err := o.Metric(ctx, "rest_client_requests_total", `method="`+method+`"`)
		if err != nil {
			return 0, err
		}
		sum += count
	}
	return int(sum), nil
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
