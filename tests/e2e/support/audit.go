package support

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// AuditedWrite is one writing request of the operator, as the API server's audit log tells it.
type AuditedWrite struct {
	Verb        string
	Resource    string
	Subresource string
	Namespace   string
	Name        string
	Code        int
}

// AuditedWrites reads from a log of the API server every writing request in the namespace that an
// operator process sent, refused ones included.
func AuditedWrites(path, namespace string) ([]AuditedWrite, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the audit log: %w", err)
	}
	defer file.Close()
	var writes []AuditedWrite
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	mark := []byte(`"namespace":"` + namespace + `"`)
	for lines.Scan() {
		if !bytes.Contains(lines.Bytes(), mark) {
			continue // most are, and reading them as JSON takes long
		}
		var entry struct {
			Stage     string `json:"stage"`
			Verb      string `json:"verb"`
			UserAgent string `json:"userAgent"`
			ObjectRef struct {
				Resource    string `json:"resource"`
				Subresource string `json:"subresource"`
				Namespace   string `json:"namespace"`
				Name        string `json:"name"`
			} `json:"objectRef"`
			ResponseStatus struct {
				Code int `json:"code"`
			} `json:"responseStatus"`
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			return nil, fmt.Errorf("the audit log has a line that is no entry: %w", err)
		}
		isWrite := entry.Verb != "get" && entry.Verb != "list" && entry.Verb != "watch"
		if entry.Stage != "ResponseComplete" || !isWrite || entry.ObjectRef.Namespace != namespace ||
			!strings.HasPrefix(entry.UserAgent, "sojourn-operator") {
			continue
		}
		writes = append(writes, AuditedWrite{
			Verb:        entry.Verb,
			Resource:    entry.ObjectRef.Resource,
			Subresource: entry.ObjectRef.Subresource,
			Namespace:   entry.ObjectRef.Namespace,
			Name:        entry.ObjectRef.Name,
			Code:        entry.ResponseStatus.Code,
		})
	}
	return writes, lines.Err()
}

// Write is the audited write as the invariants look at it.
func (w AuditedWrite) Write() Write {
	return Write{Verb: w.Verb, Resource: w.Resource, Subresource: w.Subresource, Name: w.Name,
		Code: w.Code}
}
