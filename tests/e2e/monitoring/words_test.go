package monitoring

import (
	"regexp"
	"strings"
	"testing"
)

const operations = "../../../docs/operations.md"

// section is the part of docs/operations.md under a heading of the second level.
func section(t *testing.T, title string) string {
	t.Helper()
	_, after, found := strings.Cut(readFile(t, operations), "\n## "+title+"\n")
	if !found {
		t.Fatalf("%s has no section %s", operations, title)
	}
	text, _, _ := strings.Cut(after, "\n## ")
	return text
}

// onlySometimes are metrics that a page has once there is something to count.
var onlySometimes = map[string]bool{"rest_client_request_retries_total": true}

func checkExplanations(t *testing.T, page string) {
	families, _, err := Families(page)
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*`) \\|").FindAllStringSubmatch(section(t, "Metrics"), -1) {
		for _, name := range regexp.MustCompile("`([a-z_]+)[`{]").FindAllStringSubmatch(row[1], -1) {
			explained[name[1]] = true
		}
	}
	for name := range families {
		if !explained[name] {
			t.Errorf("%s does not explain %s", operations, name)
		}
	}
	for name := range explained {
		if !families[name] && !onlySometimes[name] {
			t.Errorf("%s explains %s, which the operator does not have", operations, name)
		}
	}
}

// The anchor of a heading that is one word is that word in small letters.
func TestEveryAlert_HasItsSectionInTheRunbook(t *testing.T) {
	sections := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^### (\w+)\n\n\S`).FindAllStringSubmatch(section(t, "Runbook"), -1) {
		if strings.HasPrefix(found[1], "Sojourn") {
			sections[found[1]] = true
		}
	}
	for _, rule := range readAlerts(t) {
		if !sections[rule.Alert] {
			t.Errorf("%s has no section for %s", operations, rule.Alert)
		}
		delete(sections, rule.Alert)
		want := "https://runbook.example/operations#" + strings.ToLower(rule.Alert)
		if rule.Annotations["runbook_url"] != want {
			t.Errorf("%s points to %q, want %q", rule.Alert, rule.Annotations["runbook_url"], want)
		}
		for _, name := range []string{"summary", "description"} {
			if rule.Annotations[name] == "" {
				t.Errorf("%s has no %s", rule.Alert, name)
			}
		}
		if severity := rule.Labels["severity"]; severity != "critical" && severity != "warning" && severity != "info" {
			t.Errorf("%s has the severity %q", rule.Alert, severity)
		}
	}
	for name := range sections {
		t.Errorf("%s has a section for %s, which is no alert", operations, name)
	}
}
