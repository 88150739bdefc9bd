package crd

import (
	"reflect"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestGoodSessionsAreAccepted(t *testing.T) {
	room := newRoom(t)
	rows := map[string]edit{
		"the smallest":           with(),
		"a name of 63 letters":   set("metadata.name", letters(63)),
		"a dotted template name": set("spec.templateRef.name", "team.assistant-2"),
		"a long template name":   set("spec.templateRef.name", letters(63)),
		"Running":                set("spec.desiredState", "Running"),
		"Paused":                 set("spec.desiredState", "Paused"),
		"Stopped":                set("spec.desiredState", "Stopped"),
		"Cancelled":              set("spec.desiredState", "Cancelled"),
		"a run token":            set("spec.runToken", "Once more, please!"),
		"a long run token":       set("spec.runToken", letters(128)),
		"no sleep limit":         set("spec.ttl.afterIdleSeconds", 0),
		"ten years of sleep":     set("spec.ttl.afterIdleSeconds", 315360000),
		"as long as its life":    set("spec.ttl", map[string]any{"afterIdleSeconds": 5, "maxLifetimeSeconds": 5}),
		"asleep in a long life":  set("spec.ttl", map[string]any{"afterIdleSeconds": 5, "maxLifetimeSeconds": 0}),
		"no active limit":        set("spec.limits.activeDeadlineSeconds", 0),
		"ten years awake":        set("spec.limits.activeDeadlineSeconds", 315360000),
		"a pod kept for ever":    set("spec.podRetentionSeconds", 0),
		"a pod kept for long":    set("spec.podRetentionSeconds", 2147483647),
		"Task":                   set("spec.mode", "Task"),
		"an empty prompt":        set("spec.prompt", ""),
		"the longest prompt":     set("spec.prompt", letters(65536)),
		"odd letters in prompts": set("spec.prompt", "$(HOME) \"'\n\t ${x} 日本 \u0001"),
		"empty storage":          set("spec.storage", map[string]any{}),
		"a size as text":         set("spec.storage.size", "1.5Gi"),
		"a size as a number":     set("spec.storage.size", 1073741824),
		"a size with exponent":   set("spec.storage.size", "1e9"),
		"a storage class":        set("spec.storage.storageClassName", "local-path"),
		"no storage class":       set("spec.storage.storageClassName", ""),
		"ReadWriteOncePod":       set("spec.storage.accessMode", "ReadWriteOncePod"),
		"ReadWriteOnce":          set("spec.storage.accessMode", "ReadWriteOnce"),
		"a short mount path":     set("spec.storage.mountPath", "/w"),
		"a long mount path":      set("spec.storage.mountPath", "/"+letters(255)),
		"a path like ours":       set("spec.storage.mountPath", "/sojourner/dev/..a/.b"),
		"retention":              set("spec.storage.retention", map[string]any{"whenExpired": "Delete", "whenDeleted": "Retain"}),
		"a kept volume":          set("spec.storage.existingClaim.name", "chat-0123456789"),
		"its own path for it":    set("spec.storage", map[string]any{"mountPath": "/w", "existingClaim": map[string]any{"name": "a"}}),
		"kept for ever":          set("spec.storage.retention.retainFor", 0),
		"kept for ten years":     set("spec.storage.retention.retainFor", 315360000),
		"no lifetime limit":      set("spec.ttl.maxLifetimeSeconds", 0),
		"ten years":              set("spec.ttl.maxLifetimeSeconds", 315360000),
		"a second to start":      set("spec.startTimeoutSeconds", 1),
		"a day to start":         set("spec.startTimeoutSeconds", 86400),
		"no retries":             set("spec.retryPolicy", map[string]any{"limit": 0, "initialSeconds": 0, "maxSeconds": 0}),
		"most retries":           set("spec.retryPolicy", map[string]any{"limit": 100, "initialSeconds": 86400, "maxSeconds": 86400}),
		"only a first wait":      set("spec.retryPolicy.initialSeconds", 86400),
		"a display name":         set("spec.displayName", "Notes of $(DAY): \"日本\" "),
		"the longest of them":    set("spec.displayName", letters(128)),
		"metadata":               set("spec.metadata", `{"ticket": 4711}`),
		"the longest metadata":   set("spec.metadata", letters(16384)),
		"a context":              set("spec.context", "{\"week\": 47}\n\u0001"),
		"the longest context":    set("spec.context", letters(16384)),
		"a context of a map":     set("spec.contextFrom.configMapKeyRef", map[string]any{"name": "a.b", "key": "A_b-c.json"}),
		"an agent":               set("spec.agents", []any{map[string]any{"name": "writer"}}),
		"sixteen agents":         set("spec.agents", list(16, numbered)),
		"all about an agent": set("spec.agents", []any{map[string]any{"name": "writer", "model": "large",
			"config": dictionary(32, "value"), "tools": []any{"read", "mcp:files/write"}, "temperature": 0.7, "maxOutputTokens": 2147483647}}),
		"no tools":          set("spec.agents", []any{map[string]any{"name": "writer", "tools": []any{}}}),
		"no temperature":    set("spec.agents", []any{map[string]any{"name": "writer", "temperature": 0}}),
		"most temperature":  set("spec.agents", []any{map[string]any{"name": "writer", "temperature": 2}}),
		"parameters":        set("spec.parameters", map[string]any{"BRANCH": "$(HOME) `id`\n\"'", "EMPTY": ""}),
		"longest parameter": set("spec.parameters", map[string]any{"A": letters(1024)}),
		"most parameters":   set("spec.parameters", dictionary(32, "value")),
	}
	for what, change := range rows {
		t.Run(what, func(t *testing.T) { expectAccepted(t, room.try(newSession(change))) })
	}
}

func TestBadSessionsAreRefusedWithASentence(t *testing.T) {
	room := newRoom(t)
	const mountPath, quantity, tooLong = "must be an absolute path", "must be a quantity of bytes above 0", "Too long"
	rows := []struct {
		what, path string
		value      any
		words      string
	}{
		{"no spec", "spec", removal{}, "spec: Required value"},
		{"no template", "spec.templateRef", removal{}, "spec.templateRef: Required value"},
		{"no template name", "spec.templateRef", map[string]any{}, "spec.templateRef.name: Required value"},
		{"an empty template name", "spec.templateRef.name", "", "spec.templateRef.name"},
		{"a template name of 64 letters", "spec.templateRef.name", letters(64), tooLong},
		{"capitals in a template name", "spec.templateRef.name", "Assistant", "must be the name of a SessionTemplate: lower-case"},
		{"a template name with an empty part", "spec.templateRef.name", "a..b", "must be the name of a SessionTemplate"},
		{"a namespace in the reference", "spec.templateRef.namespace", "other", `unknown field "spec.templateRef.namespace"`},
		{"a name of 64 letters", "metadata.name", letters(64), "metadata.name must have at most 63 characters"},
		{"a small letter state", "spec.desiredState", "running", `supported values: "Running", "Paused", "Stopped", "Cancelled"`},
		{"an empty run token", "spec.runToken", "", "should be at least 1 chars long"},
		{"a run token of 129 letters", "spec.runToken", letters(129), tooLong},
		{"a run token that is a number", "spec.runToken", 2, "must be of type string"},
		{"a negative sleep limit", "spec.ttl.afterIdleSeconds", -1, "should be greater than or equal to 0"},
		{"over ten years of sleep", "spec.ttl.afterIdleSeconds", 315360001, "should be less than or equal to 315360000"},
		{"deleted before its end", "spec.ttl.deleteAfterFinishedSeconds", -1, "should be greater than or equal to 0"},
		{"deleted after ten years", "spec.ttl.deleteAfterFinishedSeconds", 315360001, "should be less than or equal to 315360000"},
		{"more sleep than life", "spec.ttl", map[string]any{"afterIdleSeconds": 6, "maxLifetimeSeconds": 5},
			"afterIdleSeconds must not be above maxLifetimeSeconds; raise maxLifetimeSeconds"},
		{"a negative active limit", "spec.limits.activeDeadlineSeconds", -1, "should be greater than or equal to 0"},
		{"over ten years awake", "spec.limits.activeDeadlineSeconds", 315360001, "should be less than or equal to 315360000"},
		{"a limit of the gateway", "spec.limits.maxSteps", 5, `unknown field "spec.limits.maxSteps"`},
		{"a pod kept for less than no time", "spec.podRetentionSeconds", -1, "should be greater than or equal to 0"},
		{"a state of the operator", "spec.desiredState", "READY", "Unsupported value"},
		{"an unknown mode", "spec.mode", "Batch", `supported values: "Conversation", "Task"`},
		{"a prompt of 65537 letters", "spec.prompt", letters(65537), tooLong},
		{"a prompt of 80000 bytes", "spec.prompt", strings.Repeat("é", 40000), "must have at most 65536 bytes of UTF-8; shorten it"},
		{"a prompt that is a number", "spec.prompt", 7, "must be of type string"},
		{"a size of 0", "spec.storage.size", 0, quantity},
		{"a size of text 0", "spec.storage.size", "0", quantity},
		{"a negative size", "spec.storage.size", -1, quantity},
		{"a negative size as text", "spec.storage.size", "-1Gi", quantity},
		{"a size in Gb", "spec.storage.size", "1Gb", quantity},
		{"an empty size", "spec.storage.size", "", quantity},
		{"a long size", "spec.storage.size", strings.Repeat("1", 33), tooLong},
		{"a size with a point", "spec.storage.size", 1.5, "spec.storage.size"},
		{"a storage class in capitals", "spec.storage.storageClassName", "Fast", "must be the name of a StorageClass"},
		{"a storage class of 254 letters", "spec.storage.storageClassName", letters(254), tooLong},
		{"ReadWriteMany", "spec.storage.accessMode", "ReadWriteMany", `supported values: "ReadWriteOncePod", "ReadWriteOnce"`},
		{"an empty mount path", "spec.storage.mountPath", "", "spec.storage.mountPath"},
		{"the root", "spec.storage.mountPath", "/", "spec.storage.mountPath"},
		{"the root twice", "spec.storage.mountPath", "//", mountPath},
		{"a relative path", "spec.storage.mountPath", "workspace", mountPath},
		{"a path with a colon", "spec.storage.mountPath", "/a:b", mountPath},
		{"a path upwards", "spec.storage.mountPath", "/a/../b", mountPath},
		{"a path ending upwards", "spec.storage.mountPath", "/a/..", mountPath},
		{"a path with a dot", "spec.storage.mountPath", "/a/./b", mountPath},
		{"a path with an empty part", "spec.storage.mountPath", "/a//b", mountPath},
		{"a path with a slash at its end", "spec.storage.mountPath", "/a/", mountPath},
		{"the operator's folder", "spec.storage.mountPath", "/sojourn", "must lie outside /sojourn, /proc, /sys and /dev"},
		{"below the operator's folder", "spec.storage.mountPath", "/sojourn/context", "must lie outside"},
		{"/proc", "spec.storage.mountPath", "/proc/1", "must lie outside"},
		{"/sys", "spec.storage.mountPath", "/sys", "must lie outside"},
		{"/dev", "spec.storage.mountPath", "/dev/shm", "must lie outside"},
		{"a path of 257 letters", "spec.storage.mountPath", "/" + letters(256), tooLong},
		{"an unknown retention", "spec.storage.retention.whenExpired", "Keep", `supported values: "Retain", "Delete"`},
		{"another unknown retention", "spec.storage.retention.whenDeleted", "retain", `supported values: "Retain", "Delete"`},
		{"kept for less than no time", "spec.storage.retention.retainFor", -1, "should be greater than or equal to 0"},
		{"kept for over ten years", "spec.storage.retention.retainFor", 315360001, "should be less than or equal to 315360000"},
		{"a claim without a name", "spec.storage.existingClaim", map[string]any{}, "spec.storage.existingClaim.name: Required value"},
		{"an empty name of a claim", "spec.storage.existingClaim.name", "", "spec.storage.existingClaim.name"},
		{"a claim of another namespace", "spec.storage.existingClaim.name", "other/chat", "must be the name of a claim: lower-case"},
		{"a claim of 254 letters", "spec.storage.existingClaim.name", letters(254), tooLong},
		{"a claim and a size", "spec.storage", map[string]any{"size": "1Gi", "existingClaim": map[string]any{"name": "a"}},
			"spec.storage.existingClaim brings its own size, storageClassName and accessMode; leave these out"},
		{"a claim and a class", "spec.storage", map[string]any{"storageClassName": "", "existingClaim": map[string]any{"name": "a"}},
			"leave these out"},
		{"a claim and an access mode", "spec.storage", map[string]any{"accessMode": "ReadWriteOnce", "existingClaim": map[string]any{"name": "a"}},
			"leave these out"},
		{"a negative lifetime", "spec.ttl.maxLifetimeSeconds", -1, "should be greater than or equal to 0"},
		{"a lifetime over ten years", "spec.ttl.maxLifetimeSeconds", 315360001, "should be less than or equal to 315360000"},
		{"a lifetime as text", "spec.ttl.maxLifetimeSeconds", "60", "must be of type integer"},
		{"a lifetime with a point", "spec.ttl.maxLifetimeSeconds", 1.5, "must be of type integer"},
		{"no time to start", "spec.startTimeoutSeconds", 0, "should be greater than or equal to 1"},
		{"over a day to start", "spec.startTimeoutSeconds", 86401, "should be less than or equal to 86400"},
		{"negative retries", "spec.retryPolicy.limit", -1, "should be greater than or equal to 0"},
		{"too many retries", "spec.retryPolicy.limit", 101, "should be less than or equal to 100"},
		{"a negative first wait", "spec.retryPolicy.initialSeconds", -1, "should be greater than or equal to 0"},
		{"a first wait over a day", "spec.retryPolicy.initialSeconds", 86401, "should be less than or equal to 86400"},
		{"a negative longest wait", "spec.retryPolicy.maxSeconds", -1, "should be greater than or equal to 0"},
		{"a longest wait over a day", "spec.retryPolicy.maxSeconds", 86401, "should be less than or equal to 86400"},
		{"waits the wrong way round", "spec.retryPolicy", map[string]any{"initialSeconds": 2, "maxSeconds": 1},
			"initialSeconds must not be above maxSeconds; raise maxSeconds"},
		{"a display name of 129 letters", "spec.displayName", letters(129), tooLong},
		{"a line break in a display name", "spec.displayName", "a\nb", "must have no control characters"},
		{"metadata as an object", "spec.metadata", map[string]any{}, "must be of type string"},
		{"too much metadata", "spec.metadata", letters(16385), tooLong},
		{"too many bytes of metadata", "spec.metadata", strings.Repeat("ä", 8193), "must have at most 16384 bytes of UTF-8"},
		{"a long context", "spec.context", letters(16385), tooLong},
		{"a context of many bytes", "spec.context", strings.Repeat("ä", 8193), "must have at most 16384 bytes of UTF-8"},
		{"a context from nowhere", "spec.contextFrom", map[string]any{}, "spec.contextFrom.configMapKeyRef: Required value"},
		{"a context from a Secret", "spec.contextFrom.secretKeyRef", map[string]any{}, `unknown field "spec.contextFrom.secretKeyRef"`},
		{"a context from another namespace", "spec.contextFrom.configMapKeyRef", map[string]any{"name": "a/b", "key": "c"}, "must be the name of a ConfigMap"},
		{"a context from no key", "spec.contextFrom.configMapKeyRef", map[string]any{"name": "a"}, "key: Required value"},
		{"a context from a path", "spec.contextFrom.configMapKeyRef", map[string]any{"name": "a", "key": "../b"}, "should match"},
		{"no agents", "spec.agents", []any{}, "should have at least 1 items"},
		{"seventeen agents", "spec.agents", list(17, numbered), "must have at most 16 items"},
		{"an agent without a name", "spec.agents", []any{map[string]any{}}, "name: Required value"},
		{"an agent twice", "spec.agents", []any{map[string]any{"name": "a"}, map[string]any{"name": "a"}}, "Duplicate value"},
		{"an agent's image", "spec.agents", []any{map[string]any{"name": "a", "image": "evil"}}, `unknown field "spec.agents[0].image"`},
		{"an agent's command", "spec.agents", []any{map[string]any{"name": "a", "command": []any{"sh"}}}, `unknown field "spec.agents[0].command"`},
		{"a model of two lines", "spec.agents", []any{map[string]any{"name": "a", "model": "a\nb"}}, "must have no control characters"},
		{"33 settings", "spec.agents", []any{map[string]any{"name": "a", "config": dictionary(33, "value")}}, "must have at most 32 items"},
		{"a long setting", "spec.agents", []any{map[string]any{"name": "a", "config": map[string]any{"a": letters(1025)}}}, tooLong},
		{"a tool with a comma", "spec.agents", []any{map[string]any{"name": "a", "tools": []any{"a,b"}}}, "should match"},
		{"an empty tool", "spec.agents", []any{map[string]any{"name": "a", "tools": []any{""}}}, "should be at least 1 chars long"},
		{"a negative temperature", "spec.agents", []any{map[string]any{"name": "a", "temperature": -0.1}}, "should be greater than or equal to 0"},
		{"a high temperature", "spec.agents", []any{map[string]any{"name": "a", "temperature": 2.1}}, "should be less than or equal to 2"},
		{"no output tokens", "spec.agents", []any{map[string]any{"name": "a", "maxOutputTokens": 0}}, "should be greater than or equal to 1"},
		{"33 parameters", "spec.parameters", dictionary(33, "value"), "must have at most 32 items"},
		{"a long parameter", "spec.parameters", map[string]any{"A": letters(1025)}, tooLong},
		{"a number as a parameter", "spec.parameters", map[string]any{"A": 1}, "must be of type string"},
		{"NUL in a parameter", "spec.parameters", map[string]any{"A": "a\x00b"}, "should match"},
		{"a misspelt field", "spec.stroage", map[string]any{}, `unknown field "spec.stroage"`},
		{"a field of the pod", "spec.nodeSelector", map[string]any{"a": "b"}, `unknown field "spec.nodeSelector"`},
		{"a service account", "spec.serviceAccountName", "admin", `unknown field "spec.serviceAccountName"`},
	}
	for _, row := range rows {
		t.Run(row.what, func(t *testing.T) {
			expectRefused(t, room.try(newSession(set(row.path, row.value))), row.words)
		})
	}
}

func TestImmutableFieldsCannotBeAddedChangedOrRemoved(t *testing.T) {
	room := newRoom(t)
	rows := []struct {
		path        string
		first, then any
	}{
		{"spec.prompt", "one", "two"},
		{"spec.context", "one", "two"},
		{"spec.agents", []any{map[string]any{"name": "a"}}, []any{map[string]any{"name": "a", "model": "b"}}},
		{"spec.parameters", map[string]any{"A": "one"}, map[string]any{"A": "two"}},
		{"spec.contextFrom", map[string]any{"configMapKeyRef": map[string]any{"name": "a", "key": "one"}},
			map[string]any{"configMapKeyRef": map[string]any{"name": "a", "key": "two"}}},
		{"spec.storage.storageClassName", "fast", "slow"},
		{"spec.storage.storageClassName", "", "slow"},
		{"spec.storage.accessMode", "ReadWriteOnce", "ReadWriteOncePod"},
		{"spec.storage.mountPath", "/one", "/two"},
	}
	const advice = "create a new Session"
	bare := set("spec.storage.retention.whenDeleted", "Retain")
	for _, row := range rows {
		first, then := with(bare, set(row.path, row.first)), with(bare, set(row.path, row.then))
		fixed, there := row.path+" is immutable; "+advice, row.path+" can neither be added nor removed"
		t.Run(row.path, func(t *testing.T) {
			expectRefused(t, room.change(newSession(bare), newSession(then)), there, advice)
			expectRefused(t, room.change(newSession(first), newSession(then)), fixed)
			expectRefused(t, room.change(newSession(first), newSession(bare)), there, advice)
			expectAccepted(t, room.change(newSession(first), newSession(first)))
		})
	}
	t.Run("a context of both kinds", func(t *testing.T) {
		expectRefused(t, room.try(newSession(set("spec.context", "a"),
			set("spec.contextFrom.configMapKeyRef", map[string]any{"name": "a", "key": "b"}))),
			"spec.context and spec.contextFrom exclude each other; keep one of them")
	})
	t.Run("spec.storage.existingClaim", func(t *testing.T) {
		one := newSession(bare, set("spec.storage.existingClaim.name", "one"))
		two := newSession(bare, set("spec.storage.existingClaim.name", "two"))
		const there = "spec.storage.existingClaim can neither be added nor removed"
		expectRefused(t, room.change(newSession(bare), one), there, advice)
		expectRefused(t, room.change(one, newSession(bare)), there, advice)
		expectRefused(t, room.change(one, two), "spec.storage.existingClaim.name is immutable; "+advice)
		expectAccepted(t, room.change(one, one))
		expectRefused(t, room.change(newSession(), newSession(set("spec.storage.existingClaim.name", "one"))),
			"of spec.storage only retention can be added", advice)
	})
	t.Run("spec.templateRef.name", func(t *testing.T) {
		other := newSession(set("spec.templateRef.name", "other"))
		expectRefused(t, room.change(newSession(), other), "spec.templateRef.name is immutable; "+advice)
	})
	t.Run("spec.mode", func(t *testing.T) { // never absent, for it has a default
		task := newSession(set("spec.mode", "Task"))
		expectRefused(t, room.change(newSession(), task), "spec.mode is immutable; "+advice)
		expectRefused(t, room.change(task, newSession()), "spec.mode is immutable; "+advice)
	})
	t.Run("spec.storage", func(t *testing.T) {
		empty := newSession(set("spec.storage", map[string]any{}))
		sized := newSession(set("spec.storage.size", "1Gi"))
		expectRefused(t, room.change(newSession(), sized), "of spec.storage only retention can be added", advice)
		expectRefused(t, room.change(empty, newSession()), "spec.storage cannot be removed")
	})
}

// The volume may come from the template alone: what becomes of it can be said at any time.
func TestRetentionCanBeAddedToASessionWithoutStorage(t *testing.T) {
	room := newRoom(t)
	kept := newSession(set("spec.storage.retention.whenDeleted", "Retain"))
	gone := newSession(set("spec.storage.retention.whenDeleted", "Delete"))
	expectAccepted(t, room.change(newSession(), gone))
	expectAccepted(t, room.change(gone, kept))
}

func TestMutableFieldsCanBeAddedChangedAndRemoved(t *testing.T) {
	room := newRoom(t)
	rows := []struct {
		path        string
		first, then any
	}{
		{"spec.desiredState", "Stopped", "Paused"},
		{"spec.storage.retention", map[string]any{}, map[string]any{"whenDeleted": "Delete"}},
		{"spec.storage.retention.whenExpired", "Retain", "Delete"},
		{"spec.storage.retention.whenDeleted", "Delete", "Retain"},
		{"spec.storage.retention.retainFor", 0, 60},
		{"spec.ttl", map[string]any{}, map[string]any{"maxLifetimeSeconds": 5}},
		{"spec.ttl.maxLifetimeSeconds", 60, 0},
		{"spec.ttl.afterIdleSeconds", 60, 0},
		{"spec.ttl.deleteAfterFinishedSeconds", 60, 0},
		{"spec.limits", map[string]any{}, map[string]any{"activeDeadlineSeconds": 5}},
		{"spec.limits.activeDeadlineSeconds", 60, 0},
		{"spec.podRetentionSeconds", 60, 0},
		{"spec.runToken", "1", "2"},
		{"spec.displayName", "one", "two"},
		{"spec.metadata", "{}", "[1]"},
		{"spec.startTimeoutSeconds", 30, 60},
		{"spec.retryPolicy.limit", 0, 7},
		{"spec.retryPolicy.initialSeconds", 1, 2},
		{"spec.retryPolicy.maxSeconds", 1, 2},
		{"metadata.labels", map[string]any{"a": "1"}, map[string]any{"a": "2"}},
	}
	bare := set("spec.storage.size", "1Gi")
	for _, row := range rows {
		first, then := with(bare, set(row.path, row.first)), with(bare, set(row.path, row.then))
		t.Run(row.path, func(t *testing.T) {
			expectAccepted(t, room.change(newSession(bare), newSession(then)))
			expectAccepted(t, room.change(newSession(first), newSession(then)))
			expectAccepted(t, room.change(newSession(first), newSession(bare)))
		})
	}
}

func TestSizeOfAVolumeOnlyGrows(t *testing.T) {
	room := newRoom(t)
	sized := func(size any) *unstructured.Unstructured { return newSession(set("spec.storage.size", size)) }
	for _, row := range []struct{ from, to any }{{"1Gi", "2Gi"}, {"1Gi", "1024Mi"}, {1, 2}, {"1", 2}, {1024, "1Ki"}} {
		expectAccepted(t, room.change(sized(row.from), sized(row.to)))
	}
	for _, row := range []struct{ from, to any }{{"2Gi", "1Gi"}, {"1Gi", "1G"}, {2, 1}, {2, "1"}} {
		expectRefused(t, room.change(sized(row.from), sized(row.to)), "spec.storage.size can only grow")
	}
	bare := newSession(set("spec.storage.retention.whenDeleted", "Retain"))
	expectRefused(t, room.change(sized("1Gi"), bare), "spec.storage.size can neither be added nor removed")
}

func TestCancelledIsForGood(t *testing.T) {
	room := newRoom(t)
	cancelled := newSession(set("spec.desiredState", "Cancelled"))
	expectAccepted(t, room.change(newSession(), cancelled))
	expectAccepted(t, room.change(cancelled, cancelled))
	expectRefused(t, room.change(cancelled, newSession()),
		"a cancelled Session stays cancelled; create a new Session instead of running this one")
}

func TestDefaultsAreOnlyThoseThatNoTemplateOverrides(t *testing.T) {
	room := newRoom(t)
	made := room.mustCreate(newSession(set("spec.storage", map[string]any{}), set("spec.ttl", map[string]any{}),
		set("spec.retryPolicy", map[string]any{})))
	want := map[string]any{
		"templateRef": map[string]any{"name": "assistant"}, "desiredState": "Running", "mode": "Conversation",
		"storage": map[string]any{}, "ttl": map[string]any{}, "retryPolicy": map[string]any{},
	}
	if got := made.Object["spec"]; !reflect.DeepEqual(got, want) {
		t.Errorf("want %v, got %v", want, got)
	}
}
