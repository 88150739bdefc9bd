package support

import (
	"encoding/json"
	"fmt"
	"strings"
)

// SecretsIn collects from a spec what nobody but its agents may read: prompts, values of environment
// variables, contexts. What is too short to be told from other text is left out.
func SecretsIn(spec any) []string {
	const longEnough = 12
	var found []string
	switch spec := spec.(type) {
	case map[string]any:
		for field, value := range spec {
			text, isText := value.(string)
			secret := field == "prompt" || field == "value" || field == "context"
			if isText && secret && len(text) >= longEnough {
				found = append(found, text)
			}
			found = append(found, SecretsIn(value)...)
		}
	case []any:
		for _, item := range spec {
			found = append(found, SecretsIn(item)...)
		}
	}
	return found
}

// SecretViolations looks for secrets where everybody may read (I12): statuses and Events of the
// history, and further texts under their names, such as logs and metrics.
func SecretViolations(secrets []string, revisions []Revision, texts map[string]string) []string {
	var faults []string
	told := map[string]bool{}
	look := func(where, text string) {
		for index, secret := range secrets {
			quoted, err := json.Marshal(secret) // as it stands in JSON, which logs are, too
			inside := err == nil && strings.Contains(text, strings.Trim(string(quoted), `"`))
			if (inside || strings.Contains(text, secret)) && !told[where] {
				told[where] = true
				// Its number, not the secret.
				faults = append(faults, fmt.Sprintf("I12: %s shows secret %d of the test", where, index+1))
			}
		}
	}
	for _, revision := range revisions {
		object := revision.Object.Object
		var public any
		switch revision.Kind {
		case Sessions, Templates:
			public = object["status"]
		case Events:
			public = []any{object["message"], object["note"], object["reason"]}
		case Pods, Claims, Revisions:
			continue // where agents get them from
		}
		if text, err := json.Marshal(public); err == nil {
			look(fmt.Sprintf("%s %s", revision.Kind, revision.Object.GetName()), string(text))
		}
	}
	for where, text := range texts {
		look(where, text)
	}
	return faults
}
