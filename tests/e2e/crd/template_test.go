package crd

import (
	"fmt"
	"strings"
	"testing"
)

func TestGoodTemplatesAreAccepted(t *testing.T) {
	room := newRoom(t)
	const agent, pod = "spec.agents.0.", "spec.podTemplate.spec."
	rows := map[string]edit{
		"one of everything":       with(),
		"one agent without words": set("spec", map[string]any{"agents": []any{map[string]any{"name": "a"}}}),
		"a name of 63 letters":    set("metadata.name", letters(63)),
		"sixteen agents": set("spec.agents", list(16, func(i int) any {
			return map[string]any{"name": fmt.Sprintf("a%d", i)}
		})),
		"the longest agent name": set(agent+"name", letters(40)),
		"the longest image":      set(agent+"image", letters(512)),
		"most arguments":         set(agent+"args", list(64, func(int) any { return letters(4096) })),
		"most variables": set(agent+"env", list(128, func(i int) any {
			return map[string]any{"name": fmt.Sprintf("V%d", i), "value": "x"}
		})),
		"a variable without value": set(agent+"env", []any{map[string]any{"name": "_A9"}}),
		"variables from elsewhere": set(agent+"env", []any{
			map[string]any{"name": "A", "valueFrom": map[string]any{"secretKeyRef": map[string]any{"name": "s", "key": "k", "optional": true}}},
			map[string]any{"name": "B", "valueFrom": map[string]any{"configMapKeyRef": map[string]any{"name": "s", "key": "k"}}},
			map[string]any{"name": "C", "valueFrom": map[string]any{"fieldRef": map[string]any{"fieldPath": "status.podIP"}}},
			map[string]any{"name": "D", "valueFrom": map[string]any{"resourceFieldRef": map[string]any{
				"resource": "limits.cpu", "containerName": "writer", "divisor": "1m"}}},
		}),
		"variables from objects": set(agent+"envFrom", []any{
			map[string]any{"prefix": "P_", "configMapRef": map[string]any{"name": "c"}},
			map[string]any{"secretRef": map[string]any{"name": "s", "optional": false}},
		}),
		"ports": set(agent+"ports", []any{
			map[string]any{"name": "http", "containerPort": 65535, "protocol": "TCP"},
			map[string]any{"containerPort": 65535, "protocol": "UDP"},
		}),
		"a port without protocol": set(agent+"ports", []any{map[string]any{"containerPort": 1}}),
		"resources of its own": set(agent+"resources", map[string]any{
			"limits":   map[string]any{"cpu": 2, "memory": "4Gi", "ephemeral-storage": "1e9"},
			"requests": map[string]any{"cpu": "0.5", "memory": 1024, "ephemeral-storage": "0"},
		}),
		"the session's own volume": set(agent+"volumeMounts.0.name", "workspace"),
		"a mount of a sub-path":    set(agent+"volumeMounts.0.subPath", "a/..b/c"),
		"the model":                set(agent+"model", letters(256)),
		"most settings":            set(agent+"config", dictionary(32, letters(250))),
		"the longest setting":      set(agent+"config", map[string]any{letters(128): letters(1024)}),
		"resources as text":        set("spec.resources", map[string]any{"cpu": "2", "memory": "4Gi"}),
		"resources as numbers":     set("spec.resources", map[string]any{"cpu": 2, "memory": 4294967296, "requests": map[string]any{"cpu": "100m", "memory": 1}}),
		"storage": set("spec.storage", map[string]any{"size": "1Gi", "storageClassName": "", "accessMode": "ReadWriteOnce",
			"mountPath": "/data", "retention": map[string]any{"whenExpired": "Delete", "whenDeleted": "Delete"}}),
		"retries":                  set("spec.retryPolicy", map[string]any{"limit": 100, "initialSeconds": 86400, "maxSeconds": 86400}),
		"time to start":            set("spec.startTimeoutSeconds", 86400),
		"a lifetime":               set("spec.ttl.maxLifetimeSeconds", 315360000),
		"a sleep limit":            set("spec.ttl.afterIdleSeconds", 315360000),
		"an active limit":          set("spec.limits.activeDeadlineSeconds", 315360000),
		"a finished pod's time":    set("spec.podRetentionSeconds", 2147483647),
		"labels":                   set("spec.podTemplate.metadata.labels", dictionary(32, "a_b.C-9")),
		"an empty label":           set("spec.podTemplate.metadata.labels", dictionary(1, "")),
		"annotations":              set("spec.podTemplate.metadata.annotations", dictionary(2, letters(8000))),
		"a node selector":          set(pod+"nodeSelector", dictionary(32, "x")),
		"affinity":                 set(pod+"affinity.podAntiAffinity.anything", []any{map[string]any{"goes": "here"}}),
		"tolerations":              set(pod+"tolerations", []any{map[string]any{"key": "gpu", "operator": "Equal", "value": "a", "effect": "NoExecute", "tolerationSeconds": 5}}),
		"spread":                   set(pod+"topologySpreadConstraints", []any{map[string]any{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1, "minDomains": 2}}),
		"names of cluster objects": with(set(pod+"runtimeClassName", "gvisor"), set(pod+"serviceAccountName", "agents"), set(pod+"priorityClassName", "low")),
		"users and groups": set(pod+"securityContext", map[string]any{"runAsUser": 0, "runAsGroup": 2147483647, "fsGroup": 1,
			"runAsNonRoot": false, "fsGroupChangePolicy": "Always", "supplementalGroups": []any{1, 2},
			"seccompProfile": map[string]any{"type": "Localhost", "localhostProfile": "p.json"}}),
		"every kind of volume": set(pod+"volumes", list(8, func(i int) any {
			kind := []string{"configMap", "secret", "emptyDir", "downwardAPI", "projected", "ephemeral", "csi", "emptyDir"}[i]
			name := []string{"a", "b", "cache", "d", "e", "f", "g", "h"}[i]
			return map[string]any{"name": name, kind: map[string]any{"anything": i}}
		})),
		"pull secrets":               set(pod+"imagePullSecrets", []any{map[string]any{"name": "registry"}}),
		"no time to end":             set(pod+"terminationGracePeriodSeconds", 0),
		"reporting":                  set("spec.reporting.mode", "None"),
		"a sidecar's fields":         set(pod+"sidecars.0", agentLike("proxy")),
		"an init container's fields": set(pod+"initContainers.0", agentLike("fetch")),
	}
	for what, change := range rows {
		t.Run(what, func(t *testing.T) { expectAccepted(t, room.try(newTemplate(change))) })
	}
}

// agentLike has every field that a container shares with an agent.
func agentLike(name string) map[string]any {
	return map[string]any{
		"name": name, "image": "i:1", "command": []any{"c"}, "args": []any{"a"},
		"env":          []any{map[string]any{"name": "A", "value": "x"}},
		"envFrom":      []any{map[string]any{"secretRef": map[string]any{"name": "s"}}},
		"ports":        []any{map[string]any{"containerPort": 1, "protocol": "TCP"}},
		"resources":    map[string]any{"limits": map[string]any{"cpu": 1}},
		"volumeMounts": []any{map[string]any{"name": "workspace", "mountPath": "/w", "readOnly": true}},
	}
}

// source is a variable whose value comes from there.
func source(kind string, members map[string]any) map[string]any {
	return map[string]any{"name": "A", "valueFrom": map[string]any{kind: members}}
}

// spread is a topology spread constraint with one member changed.
func spread(member string, value any) map[string]any {
	constraint := map[string]any{"topologyKey": "k", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}
	constraint[member] = value
	return constraint
}

func TestBadTemplatesAreRefusedWithASentence(t *testing.T) {
	room := newRoom(t)
	const agent, pod, tooLong, tooMany = "spec.agents.0.", "spec.podTemplate.spec.", "Too long", "Too many"
	const own, below, above = "belong to the operator", "should be greater than or equal to", "should be less than or equal to"
	named := func(i int) any { return map[string]any{"name": fmt.Sprintf("x%d", i)} }
	item := func(members map[string]any) []any { return []any{members} }
	rows := []struct {
		what, path string
		value      any
		words      string
	}{
		{"no spec", "spec", removal{}, "spec: Required value"},
		{"no agents", "spec.agents", removal{}, "spec.agents: Required value"},
		{"an empty list of agents", "spec.agents", []any{}, "spec.agents"},
		{"seventeen agents", "spec.agents", list(17, named), tooMany},
		{"a name of 64 letters", "metadata.name", letters(64), "metadata.name must have at most 63 characters"},
		{"an agent without a name", agent + "name", removal{}, "name"},
		{"two agents of one name", agent + "name", "critic", "Duplicate value"},
		{"an agent's name in capitals", agent + "name", "Writer", "must consist of lower-case letters"},
		{"an agent's name with a dot", agent + "name", "a.b", "must consist of lower-case letters"},
		{"an agent's name of 41 letters", agent + "name", letters(41), tooLong},
		{"an agent's name of ours", agent + "name", "sojourn-agent", own},
		{"an agent called as an init container", agent + "name", "fetch", "an init container has the name of an agent"},
		{"an agent called as a sidecar", agent + "name", "proxy", "a sidecar has the name of an agent"},
		{"a sidecar called as an init container", pod + "sidecars.0.name", "fetch", "an init container has the name of a sidecar"},
		{"an empty image", agent + "image", "", "spec.agents[0].image"},
		{"an image with a space", agent + "image", "a b", "must be an image reference without white space"},
		{"an image with a line end", agent + "image", "a\n", "must be an image reference without white space"},
		{"an image of 513 letters", agent + "image", letters(513), tooLong},
		{"65 words of command", agent + "command", list(65, func(int) any { return "x" }), tooMany},
		{"a command as text", agent + "command", "run me", "must be of type array"},
		{"65 arguments", agent + "args", list(65, func(int) any { return "x" }), tooMany},
		{"an argument of 4097 letters", agent + "args", []any{letters(4097)}, tooLong},
		{"129 variables", agent + "env", list(129, func(i int) any { return map[string]any{"name": fmt.Sprintf("V%d", i)} }), tooMany},
		{"two variables of one name", agent + "env", []any{map[string]any{"name": "A"}, map[string]any{"name": "A"}}, "Duplicate value"},
		{"a variable of ours", agent + "env.0.name", "SESSION_MODEL", "names beginning with SESSION_ belong to the operator; choose another name"},
		{"a variable with a dash", agent + "env.0.name", "A-B", "must consist of letters, digits and '_'"},
		{"a variable beginning with a digit", agent + "env.0.name", "9A", "must consist of letters, digits and '_'"},
		{"a variable of 257 letters", agent + "env.0.name", letters(257), tooLong},
		{"a value of 8193 letters", agent + "env.0.value", letters(8193), tooLong},
		{"value and valueFrom", agent + "env.0.valueFrom.fieldRef.fieldPath", "status.podIP", "value and valueFrom exclude each other; keep one"},
		{"an empty valueFrom", agent + "env.0", map[string]any{"name": "A", "valueFrom": map[string]any{}}, "must have exactly one of secretKeyRef"},
		{"two sources", agent + "env.0", map[string]any{"name": "A", "valueFrom": map[string]any{
			"fieldRef": map[string]any{"fieldPath": "x"}, "resourceFieldRef": map[string]any{"resource": "x"}}}, "must have exactly one of secretKeyRef"},
		{"a secret without a key", agent + "env.0", map[string]any{"name": "A", "valueFrom": map[string]any{
			"secretKeyRef": map[string]any{"name": "s"}}}, "secretKeyRef.key: Required value"},
		{"a secret without a name", agent + "env.0", source("secretKeyRef", map[string]any{"key": "k"}), "secretKeyRef.name: Required value"},
		{"a secret of no name", agent + "env.0", source("secretKeyRef", map[string]any{"name": "", "key": "k"}), "secretKeyRef.name"},
		{"a secret's name of 254 letters", agent + "env.0", source("secretKeyRef", map[string]any{"name": letters(254), "key": "k"}), tooLong},
		{"an empty key", agent + "env.0", source("secretKeyRef", map[string]any{"name": "s", "key": ""}), "secretKeyRef.key"},
		{"a key of 254 letters", agent + "env.0", source("secretKeyRef", map[string]any{"name": "s", "key": letters(254)}), tooLong},
		{"a config map without a name", agent + "env.0", source("configMapKeyRef", map[string]any{"key": "k"}), "configMapKeyRef.name: Required value"},
		{"a config map without a key", agent + "env.0", source("configMapKeyRef", map[string]any{"name": "c"}), "configMapKeyRef.key: Required value"},
		{"no field", agent + "env.0", source("fieldRef", map[string]any{}), "fieldPath: Required value"},
		{"an empty field", agent + "env.0", source("fieldRef", map[string]any{"fieldPath": ""}), "fieldPath"},
		{"a field of 257 letters", agent + "env.0", source("fieldRef", map[string]any{"fieldPath": letters(257)}), tooLong},
		{"no resource", agent + "env.0", source("resourceFieldRef", map[string]any{}), "resource: Required value"},
		{"an empty resource", agent + "env.0", source("resourceFieldRef", map[string]any{"resource": ""}), "resource"},
		{"a resource of 254 letters", agent + "env.0", source("resourceFieldRef", map[string]any{"resource": letters(254)}), tooLong},
		{"a container of 64 letters", agent + "env.0", source("resourceFieldRef", map[string]any{"resource": "r", "containerName": letters(64)}), tooLong},
		{"a divisor in words", agent + "env.0", source("resourceFieldRef", map[string]any{"resource": "r", "divisor": "x"}), "divisor"},
		{"a negative divisor", agent + "env.0", source("resourceFieldRef", map[string]any{"resource": "r", "divisor": -1}), "divisor"},
		{"a divisor of 33 digits", agent + "env.0", source("resourceFieldRef", map[string]any{"resource": "r", "divisor": strings.Repeat("1", 33)}), tooLong},
		{"a variable without a name", agent + "env.0", map[string]any{"value": "x"}, "name"},
		{"a config map of variables without a name", agent + "envFrom", item(map[string]any{"configMapRef": map[string]any{}}), "configMapRef.name: Required value"},
		{"a secret of variables without a name", agent + "envFrom", item(map[string]any{"secretRef": map[string]any{}}), "secretRef.name: Required value"},
		{"17 objects of variables", agent + "envFrom", list(17, func(int) any {
			return map[string]any{"secretRef": map[string]any{"name": "s"}}
		}), tooMany},
		{"an object of variables of no kind", agent + "envFrom", item(map[string]any{"prefix": "a"}), "must have exactly one of configMapRef and secretRef"},
		{"an object of variables of two kinds", agent + "envFrom", item(map[string]any{
			"configMapRef": map[string]any{"name": "a"}, "secretRef": map[string]any{"name": "a"}}), "must have exactly one of configMapRef and secretRef"},
		{"a prefix of ours", agent + "envFrom", item(map[string]any{"prefix": "SESSION_", "secretRef": map[string]any{"name": "a"}}), own},
		{"a prefix of 129 letters", agent + "envFrom", item(map[string]any{"prefix": letters(129), "secretRef": map[string]any{"name": "a"}}), tooLong},
		{"33 ports", agent + "ports", list(33, func(i int) any { return map[string]any{"containerPort": i + 1, "protocol": "TCP"} }), tooMany},
		{"port 0", agent + "ports", item(map[string]any{"containerPort": 0}), below},
		{"port 65536", agent + "ports", item(map[string]any{"containerPort": 65536}), above},
		{"a port without a number", agent + "ports", item(map[string]any{"name": "http"}), "containerPort"},
		{"a port's empty name", agent + "ports", item(map[string]any{"containerPort": 1, "name": ""}), "ports[0].name"},
		{"two ports of one number", agent + "ports", list(2, func(int) any { return map[string]any{"containerPort": 1} }), "Duplicate value"},
		{"a port of the host", agent + "ports", item(map[string]any{"containerPort": 1, "hostPort": 1}), `unknown field "spec.agents[0].ports[0].hostPort"`},
		{"a port's name of 16 letters", agent + "ports", item(map[string]any{"containerPort": 1, "name": letters(16)}), tooLong},
		{"a port's name in capitals", agent + "ports", item(map[string]any{"containerPort": 1, "name": "HTTP"}), "ports[0].name"},
		{"an unknown protocol", agent + "ports", item(map[string]any{"containerPort": 1, "protocol": "QUIC"}), "Unsupported value"},
		{"an unknown resource", agent + "resources.limits.gold", "1", "unknown field"},
		{"a resource in words", agent + "resources.limits.cpu", "two", "resources.limits.cpu"},
		{"a negative resource", agent + "resources.requests.cpu", "-1", "resources.requests.cpu"},
		{"a negative number", agent + "resources.requests.memory", -1, "resources.requests.memory"},
		{"a resource of 33 digits", agent + "resources.limits.memory", strings.Repeat("1", 33), tooLong},
		{"memory in words", agent + "resources.limits.memory", "much", "resources.limits.memory"},
		{"a CPU of 33 digits", agent + "resources.limits.cpu", strings.Repeat("1", 33), tooLong},
		{"a negative CPU", agent + "resources.limits.cpu", -1, "resources.limits.cpu"},
		{"33 mounts", agent + "volumeMounts", list(33, func(i int) any {
			return map[string]any{"name": "cache", "mountPath": fmt.Sprintf("/m%d", i)}
		}), tooMany},
		{"a mount of no volume", agent + "volumeMounts.0.name", "other", "an agent mounts a volume that does not exist; name workspace or a volume of"},
		{"a sidecar's mount of no volume", pod + "sidecars.0.volumeMounts", item(map[string]any{"name": "x", "mountPath": "/x"}), "a sidecar mounts a volume that does not exist"},
		{"an init container's mount of no volume", pod + "initContainers.0.volumeMounts", item(map[string]any{"name": "x", "mountPath": "/x"}), "an init container mounts a volume that does not exist"},
		{"a mount without a name", agent + "volumeMounts.0.name", removal{}, "name: Required value"},
		{"a mount's name of 64 letters", agent + "volumeMounts.0.name", letters(64), tooLong},
		{"two mounts at one path", agent + "volumeMounts", list(2, func(int) any { return map[string]any{"name": "cache", "mountPath": "/m"} }), "Duplicate value"},
		{"a mount without a path", agent + "volumeMounts.0.mountPath", removal{}, "mountPath: Required value"},
		{"a relative mount path", agent + "volumeMounts.0.mountPath", "cache", "must be an absolute path"},
		{"a mount path upwards", agent + "volumeMounts.0.mountPath", "/a/..", "must be an absolute path"},
		{"a mount path of ours", agent + "volumeMounts.0.mountPath", "/sojourn/context", "/sojourn belongs to the operator"},
		{"a mount path of 257 letters", agent + "volumeMounts.0.mountPath", "/" + letters(256), tooLong},
		{"a sub-path upwards", agent + "volumeMounts.0.subPath", "a/../..", "must be a relative path without '..'"},
		{"an absolute sub-path", agent + "volumeMounts.0.subPath", "/a", "must be a relative path without '..'"},
		{"a sub-path of 257 letters", agent + "volumeMounts.0.subPath", letters(257), tooLong},
		{"a model of 257 letters", agent + "model", letters(257), tooLong},
		{"33 settings", agent + "config", dictionary(33, "x"), tooMany},
		{"a setting of 1025 letters", agent + "config", dictionary(1, letters(1025)), tooLong},
		{"a setting's key of 129 letters", agent + "config", map[string]any{letters(129): "x"}, "a key has more than 128 characters"},
		{"settings over 8 KiB", agent + "config", dictionary(9, letters(1000)), "the settings together must have at most 8192 bytes"},
		{"a setting that is a number", agent + "config", map[string]any{"temperature": 1}, "must be of type string"},
		{"a security context", agent + "securityContext", map[string]any{"privileged": true}, "unknown field"},
		{"a guardrail", "spec.guardrails", []any{"no-pii-exposure"}, `unknown field "spec.guardrails"`},
		{"no CPU", "spec.resources.cpu", 0, "must be a quantity above 0"},
		{"CPU in words", "spec.resources.cpu", "two", "must be a quantity above 0"},
		{"negative memory", "spec.resources.memory", "-4Gi", "must be a quantity above 0"},
		{"memory in GB", "spec.resources.memory", "4GB", "must be a quantity above 0"},
		{"a request of nothing", "spec.resources.requests.cpu", "0", "must be a quantity above 0"},
		{"a request in words", "spec.resources.requests.memory", "x", "must be a quantity above 0"},
		{"a CPU of the session of 33 digits", "spec.resources.cpu", strings.Repeat("1", 33), tooLong},
		{"a memory of the session of 33 digits", "spec.resources.memory", strings.Repeat("1", 33), tooLong},
		{"a CPU request of 33 digits", "spec.resources.requests.cpu", strings.Repeat("1", 33), tooLong},
		{"a memory request of 33 digits", "spec.resources.requests.memory", strings.Repeat("1", 33), tooLong},
		{"a size of 33 digits", "spec.storage.size", strings.Repeat("1", 33), tooLong},
		{"a storage class of 254 letters", "spec.storage.storageClassName", letters(254), tooLong},
		{"a storage path of 257 letters", "spec.storage.mountPath", "/" + letters(256), tooLong},
		{"a size of 0", "spec.storage.size", "0", "must be a quantity of bytes above 0"},
		{"a storage class in capitals", "spec.storage.storageClassName", "Fast", "must be the name of a StorageClass"},
		{"ReadWriteMany", "spec.storage.accessMode", "ReadWriteMany", "Unsupported value"},
		{"a storage path of ours", "spec.storage.mountPath", "/sojourn", "must lie outside"},
		{"a relative storage path", "spec.storage.mountPath", "work", "must be an absolute path"},
		{"an unknown retention", "spec.storage.retention.whenDeleted", "Keep", "Unsupported value"},
		{"another unknown retention", "spec.storage.retention.whenExpired", "Keep", "Unsupported value"},
		{"a lifetime over ten years", "spec.ttl.maxLifetimeSeconds", 315360001, above},
		{"a negative lifetime", "spec.ttl.maxLifetimeSeconds", -1, below},
		{"over ten years of sleep", "spec.ttl.afterIdleSeconds", 315360001, above},
		{"a negative sleep limit", "spec.ttl.afterIdleSeconds", -1, below},
		{"more sleep than life", "spec.ttl", map[string]any{"afterIdleSeconds": 6, "maxLifetimeSeconds": 5},
			"afterIdleSeconds must not be above maxLifetimeSeconds"},
		{"over ten years awake", "spec.limits.activeDeadlineSeconds", 315360001, above},
		{"a negative active limit", "spec.limits.activeDeadlineSeconds", -1, below},
		{"a finished pod kept for less than no time", "spec.podRetentionSeconds", -1, below},
		{"no time to start", "spec.startTimeoutSeconds", 0, below},
		{"over a day to start", "spec.startTimeoutSeconds", 86401, above},
		{"a negative first wait", "spec.retryPolicy.initialSeconds", -1, below},
		{"a negative longest wait", "spec.retryPolicy.maxSeconds", -1, below},
		{"too many retries", "spec.retryPolicy.limit", 101, above},
		{"negative retries", "spec.retryPolicy.limit", -1, below},
		{"waits the wrong way round", "spec.retryPolicy", map[string]any{"initialSeconds": 2, "maxSeconds": 1}, "initialSeconds must not be above maxSeconds"},
		{"a first wait over a day", "spec.retryPolicy.initialSeconds", 86401, above},
		{"a longest wait over a day", "spec.retryPolicy.maxSeconds", 86401, above},
		{"33 labels", "spec.podTemplate.metadata.labels", dictionary(33, "x"), tooMany},
		{"a label of 64 letters", "spec.podTemplate.metadata.labels", dictionary(1, letters(64)), tooLong},
		{"a label with a space", "spec.podTemplate.metadata.labels", dictionary(1, "a b"), "labels.k0"},
		{"a label of ours", "spec.podTemplate.metadata.labels", map[string]any{"sojourn.dev/session": "x"}, "keys under sojourn.dev/ belong to the operator; use a prefix of your own"},
		{"33 annotations", "spec.podTemplate.metadata.annotations", dictionary(33, "x"), tooMany},
		{"an annotation of 8193 letters", "spec.podTemplate.metadata.annotations", dictionary(1, letters(8193)), tooLong},
		{"annotations over 16 KiB", "spec.podTemplate.metadata.annotations", dictionary(3, letters(6000)), "the annotations together must have at most 16384 bytes"},
		{"an annotation of ours", "spec.podTemplate.metadata.annotations", map[string]any{"sojourn.dev/prompt": "x"}, own},
		{"33 node labels", pod + "nodeSelector", dictionary(33, "x"), tooMany},
		{"an unknown affinity", pod + "affinity.nodeAfinity", map[string]any{}, "unknown field"},
		{"33 tolerations", pod + "tolerations", list(33, func(int) any { return map[string]any{"operator": "Exists"} }), tooMany},
		{"a toleration's key of 318 letters", pod + "tolerations", item(map[string]any{"key": letters(318)}), tooLong},
		{"a toleration's value of 64 letters", pod + "tolerations", item(map[string]any{"value": letters(64)}), tooLong},
		{"an unknown operator", pod + "tolerations", item(map[string]any{"operator": "Is"}), "Unsupported value"},
		{"an unknown effect", pod + "tolerations", item(map[string]any{"effect": "No"}), "Unsupported value"},
		{"17 spread constraints", pod + "topologySpreadConstraints", list(17, func(i int) any {
			return map[string]any{"topologyKey": fmt.Sprintf("k%d", i), "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}
		}), tooMany},
		{"a spread without a key", pod + "topologySpreadConstraints", item(map[string]any{"whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1}), "topologyKey"},
		{"a spread of an empty key", pod + "topologySpreadConstraints", item(spread("topologyKey", "")), "topologyKey"},
		{"a spread of a key of 318 letters", pod + "topologySpreadConstraints", item(spread("topologyKey", letters(318))), tooLong},
		{"a spread without a policy", pod + "topologySpreadConstraints", item(map[string]any{"topologyKey": "k", "maxSkew": 1}), "whenUnsatisfiable"},
		{"a spread of an unknown policy", pod + "topologySpreadConstraints", item(spread("whenUnsatisfiable", "Maybe")), "Unsupported value"},
		{"a spread without skew", pod + "topologySpreadConstraints", item(map[string]any{"topologyKey": "k", "whenUnsatisfiable": "DoNotSchedule"}), "maxSkew: Required value"},
		{"two spreads alike", pod + "topologySpreadConstraints", list(2, func(i int) any { return spread("maxSkew", i+1) }), "Duplicate value"},
		{"no skew", pod + "topologySpreadConstraints", item(map[string]any{"topologyKey": "k", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 0}), below},
		{"a host's network", pod + "hostNetwork", true, `unknown field "spec.podTemplate.spec.hostNetwork"`},
		{"a token", pod + "automountServiceAccountToken", true, "unknown field"},
		{"a runtime class of 254 letters", pod + "runtimeClassName", letters(254), tooLong},
		{"a service account of 254 letters", pod + "serviceAccountName", letters(254), tooLong},
		{"a priority class of 254 letters", pod + "priorityClassName", letters(254), tooLong},
		{"a user past 31 bits", pod + "securityContext.runAsUser", 2147483648, above},
		{"a negative group", pod + "securityContext.runAsGroup", -1, below},
		{"a group of users past 31 bits", pod + "securityContext.runAsGroup", 2147483648, above},
		{"a negative group of files", pod + "securityContext.fsGroup", -1, below},
		{"a negative further group", pod + "securityContext.supplementalGroups", []any{-1}, below},
		{"a further group past 31 bits", pod + "securityContext.supplementalGroups", []any{2147483648}, above},
		{"a negative user", pod + "securityContext.runAsUser", -1, below},
		{"a group past 31 bits", pod + "securityContext.fsGroup", 2147483648, above},
		{"an unknown change policy", pod + "securityContext.fsGroupChangePolicy", "Never", "Unsupported value"},
		{"33 groups", pod + "securityContext.supplementalGroups", list(33, func(i int) any { return i }), tooMany},
		{"no seccomp profile", pod + "securityContext.seccompProfile", map[string]any{"type": "Unconfined"}, "Unsupported value"},
		{"a seccomp profile without a file", pod + "securityContext.seccompProfile", map[string]any{"type": "Localhost"}, "localhostProfile goes with type Localhost"},
		{"a seccomp profile without a type", pod + "securityContext.seccompProfile", map[string]any{}, "type: Required value"},
		{"a seccomp profile of an empty file", pod + "securityContext.seccompProfile", map[string]any{"type": "Localhost", "localhostProfile": ""}, "localhostProfile"},
		{"a seccomp profile of 257 letters", pod + "securityContext.seccompProfile", map[string]any{"type": "Localhost", "localhostProfile": letters(257)}, tooLong},
		{"33 volumes", pod + "volumes", list(33, func(i int) any {
			return map[string]any{"name": fmt.Sprintf("v%d", i), "emptyDir": map[string]any{}}
		}), tooMany},
		{"a folder of the host", pod + "volumes.0", map[string]any{"name": "cache", "hostPath": map[string]any{"path": "/"}}, `unknown field "spec.podTemplate.spec.volumes[0].hostPath"`},
		{"a volume of no kind", pod + "volumes.0", map[string]any{"name": "cache"}, "must have exactly one of configMap"},
		{"a volume of two kinds", pod + "volumes.0.secret", map[string]any{"secretName": "s"}, "must have exactly one of configMap"},
		{"a volume called workspace", pod + "volumes.0.name", "workspace", own},
		{"a volume of our name", pod + "volumes.0.name", "sojourn-context", own},
		{"a volume in capitals", pod + "volumes.0.name", "Cache", "must consist of lower-case letters"},
		{"a volume without a name", pod + "volumes.0.name", removal{}, "name"},
		{"a volume of an empty name", pod + "volumes.0.name", "", "volumes[0].name"},
		{"a volume's name of 64 letters", pod + "volumes.0.name", letters(64), tooLong},
		{"two volumes of one name", pod + "volumes", list(2, func(int) any { return map[string]any{"name": "cache", "emptyDir": map[string]any{}} }), "Duplicate value"},
		{"two sidecars of one name", pod + "sidecars", list(2, func(int) any { return map[string]any{"name": "s", "image": "i"} }), "Duplicate value"},
		{"two init containers of one name", pod + "initContainers", list(2, func(int) any { return map[string]any{"name": "s", "image": "i"} }), "Duplicate value"},
		{"two pull secrets of one name", pod + "imagePullSecrets", list(2, func(int) any { return map[string]any{"name": "s"} }), "Duplicate value"},
		{"a pull secret without a name", pod + "imagePullSecrets", item(map[string]any{}), "name"},
		{"an init container without an image", pod + "initContainers.0.image", removal{}, "image: Required value"},
		{"a sidecar without an image", pod + "sidecars.0.image", removal{}, "image: Required value"},
		{"a sidecar with a model", pod + "sidecars.0.model", "large", "unknown field"},
		{"nine sidecars", pod + "sidecars", list(9, func(i int) any { return map[string]any{"name": fmt.Sprintf("s%d", i), "image": "i"} }), tooMany},
		{"nine init containers", pod + "initContainers", list(9, func(i int) any { return map[string]any{"name": fmt.Sprintf("s%d", i), "image": "i"} }), tooMany},
		{"17 pull secrets", pod + "imagePullSecrets", list(17, named), tooMany},
		{"a negative time to end", pod + "terminationGracePeriodSeconds", -1, below},
		{"a time to end over a day", pod + "terminationGracePeriodSeconds", 86401, above},
		{"a reporting of later", "spec.reporting.mode", "Push", `supported values: "None"`},
	}
	for _, row := range rows {
		t.Run(row.what, func(t *testing.T) {
			expectRefused(t, room.try(newTemplate(set(row.path, row.value))), row.words)
		})
	}
}

func TestATemplateMayChangeAltogether(t *testing.T) {
	room := newRoom(t)
	expectAccepted(t, room.change(newTemplate(), newTemplate(
		set("spec.agents", []any{map[string]any{"name": "other"}}), set("spec.storage.size", "2Gi"),
		set("spec.resources.cpu", 1))))
}

func TestAPortHasTheUsualProtocol(t *testing.T) {
	room := newRoom(t)
	made := room.mustCreate(newTemplate(set("spec.agents.0.ports", []any{map[string]any{"containerPort": 1}})))
	spec := made.Object["spec"].(map[string]any)
	port := spec["agents"].([]any)[0].(map[string]any)["ports"].([]any)[0].(map[string]any)
	if port["protocol"] != "TCP" {
		t.Errorf("got %v", port)
	}
}
