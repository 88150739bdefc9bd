package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sojourn.dev/e2e/support"
)

// compared are the kinds whose objects make up an end state. Events are not among them: Kubernetes
// promises nothing of them, and one whose operator was killed before it was sent is lost.
var compared = []support.Kind{support.Sessions, support.Templates, support.Pods, support.Claims,
	support.Revisions}

var timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

// EndState tells everything that exists in a namespace, one line a field, without what differs in
// every run: UIDs, resourceVersions, times, names made from UIDs, and who wrote which field.
func EndState(history *support.History, namespace string) string {
	masks := []string{namespace, "<namespace>"}
	var text strings.Builder
	for _, revision := range history.All() {
		object := revision.Object
		masks = append(masks, string(object.GetUID()), "<uid of "+string(revision.Kind)+">")
		if revision.Kind == support.Sessions {
			handle := support.SessionHandle{Name: object.GetName(), UID: object.GetUID()}
			masks = append(masks, handle.ChildName(), "<child>")
		}
	}
	mask := strings.NewReplacer(masks...)
	for _, kind := range compared {
		for _, object := range history.Existing(kind) {
			fields := object.DeepCopy().Object
			metadata, _ := fields["metadata"].(map[string]any)
			for _, field := range []string{"managedFields", "resourceVersion", "uid", "creationTimestamp"} {
				delete(metadata, field)
			}
			// How the Session came here and how long it took is not where it came to.
			if status, isMap := fields["status"].(map[string]any); isMap {
				delete(status, "activeSeconds")
				delete(status, "transitions")
			}
			var lines []string
			flatten("", fields, &lines)
			slices.Sort(lines)
			fmt.Fprintf(&text, "%s %s\n", kind, mask.Replace(object.GetName()))
			for _, line := range lines {
				line = timestamp.ReplaceAllString(line, "<time>")
				fmt.Fprintf(&text, "  %s\n", mask.Replace(line))
			}
		}
	}
	return text.String()
}

func flatten(path string, value any, lines *[]string) {
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			flatten(path+"."+name, field, lines)
		}
	case []any:
		for index, item := range value {
			flatten(fmt.Sprintf("%s[%d]", path, index), item, lines)
		}
	default:
		text, err := json.Marshal(value)
		if err != nil {
			text = []byte(err.Error())
		}
		*lines = append(*lines, path+" = "+string(text))
	}
}

// Difference lists the lines that only one of two end states has.
func Difference(want, got string) string {
	var text strings.Builder
	have := strings.Split(got, "\n")
	for _, line := range strings.Split(want, "\n") {
		if at := slices.Index(have, line); at >= 0 {
			have = slices.Delete(have, at, at+1)
		} else {
			fmt.Fprintf(&text, "    - %s\n", line)
		}
	}
	for _, line := range have {
		fmt.Fprintf(&text, "    + %s\n", line)
	}
	return text.String()
}
