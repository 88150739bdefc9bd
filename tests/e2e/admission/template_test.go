package admission

import (
	"os"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"sojourn.dev/e2e/support"
)

const (
	policyOfSafety = "template-safety"

	safe = `
agents: [{name: a, image: "registry.example/agent:1"}]
resources: {cpu: "1", memory: 1Gi}
`
	asRoot = safe + "podTemplate: {spec: {securityContext: {runAsUser: 0}}}"
)

// shaped is the safe template with a pod's spec.
func shaped(podSpec string) string { return safe + "podTemplate: {spec: " + podSpec + "}" }

func TestUnsafeShapes_AreRefusedUnlessTheNamespaceIsExempt(t *testing.T) {
	projected := func(source string) string {
		return shaped("{volumes: [{name: v, projected: {sources: [{configMap: {name: c}}, " + source + "]}}]}")
	}
	for name, test := range map[string]struct{ spec, words string }{
		"root": {asRoot, "may not run as root"},
		"root allowed": {shaped("{securityContext: {runAsNonRoot: false}}"),
			"runAsNonRoot to true or leave it out"},
		"group root":      {shaped("{securityContext: {runAsGroup: 0}}"), "group root"},
		"volumes of root": {shaped("{securityContext: {fsGroup: 0}}"), "group root"},
		"also group root": {shaped("{securityContext: {supplementalGroups: [5, 0]}}"), "group root"},
		"seccomp of the node": {
			shaped("{securityContext: {seccompProfile: {type: Localhost, localhostProfile: open.json}}}"),
			"seccompProfile.type to RuntimeDefault"},
		"projected token": {projected("{serviceAccountToken: {path: token}}"),
			"remove serviceAccountToken from the projected volume"},
		"projected token of another audience": {
			projected("{serviceAccountToken: {path: token, audience: vault}}"),
			"remove serviceAccountToken from the projected volume"},
		"pod certificate": {
			projected("{podCertificate: {signerName: a.example/b, keyType: ED25519, credentialBundlePath: c}}"),
			"remove podCertificate from the projected volume"},
		"trust bundle": {projected("{clusterTrustBundle: {name: b, path: ca.pem}}"),
			"remove clusterTrustBundle from the projected volume"},
		"priority of the cluster": {shaped("{priorityClassName: system-node-critical}"),
			"does not begin with system-"},
		"every taint":       {shaped("{tolerations: [{operator: Exists}]}"), "name the taints"},
		"every taint again": {shaped(`{tolerations: [{key: "", operator: Exists}]}`), "name the taints"},
		"control plane's taint": {
			shaped("{tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists}]}"),
			"name the taints"},
		"control plane's nodes": {
			shaped(`{nodeSelector: {node-role.kubernetes.io/control-plane: ""}}`),
			"select nodes by labels of their own"},
		"AppArmor off by annotation": {
			safe + "podTemplate: {metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/a: unconfined}}}",
			"remove them from podTemplate.metadata.annotations"},
		"seccomp off by annotation": {
			safe + "podTemplate: {metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: unconfined}}}",
			"remove them from podTemplate.metadata.annotations"},
		"init container without limits": {shaped("{initContainers: [{name: i, image: x}]}"),
			"every init container and sidecar"},
		"sidecar without limit of memory": {
			shaped("{sidecars: [{name: s, image: x, resources: {limits: {cpu: 100m}}}]}"),
			"every init container and sidecar"},
		"agent without limits": {`agents: [{name: a, image: x}]`, "every agent of a template"},
		"one agent with requests alone": {
			`agents: [{name: a, image: x}, {name: b, image: x, resources: {requests: {cpu: 100m}}}]` +
				"\nresources: {cpu: 100m, memory: 1Gi}", "every agent of a template"},
	} {
		t.Run(name, func(t *testing.T) {
			masters := as("admission-admin", "system:masters")
			mustRefuse(t, masters.try(t.Context(), templates, "adm-plain", template("t", test.spec)),
				policyOfSafety, test.words)
			mustAdmit(t, masters.try(t.Context(), templates, "adm-exempt", template("t", test.spec)))
		})
	}
}

func TestSafeShapes_AreAdmitted(t *testing.T) {
	for name, spec := range map[string]string{
		"plain": safe,
		"users of its own": shaped(`{securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000,
			supplementalGroups: [1001], runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}}`),
		"nodes of its own": shaped(`{nodeSelector: {pool: agents}, tolerations: [{key: agents,
			operator: Exists}], priorityClassName: batch, runtimeClassName: gvisor}`),
		"volumes": shaped(`{volumes: [{name: a, emptyDir: {}}, {name: b, secret: {secretName: s}},
			{name: c, projected: {sources: [{configMap: {name: c}}, {secret: {name: s}}, {downwardAPI:
			{items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}]}}, {name: d,
			projected: {}}]}`),
		"containers with limits": shaped(`{initContainers: [{name: i, image: x, resources: {limits:
			{cpu: 100m, memory: 64Mi}}}], sidecars: [{name: s, image: x, resources: {limits:
			{cpu: 100m, memory: 64Mi}}}]}`),
		"annotations":               safe + "podTemplate: {metadata: {annotations: {team: blue}}}",
		"limits of the agent's own": `agents: [{name: a, image: x, resources: {limits: {cpu: 1, memory: 1Gi}}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			mustAdmit(t, as("admission-admin", "system:masters").try(t.Context(), templates, "adm-plain",
				template("t", spec)))
		})
	}
}

func TestSamples_AreAdmitted(t *testing.T) {
	for _, file := range []string{"quickstart.yaml", "raworc.yaml", "tailored.yaml"} {
		text, err := os.ReadFile("../../../deploy/samples/" + file)
		if err != nil {
			t.Fatal(err)
		}
		objects, err := support.ReadObjects(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range objects {
			kind := sessions
			if object.GetKind() == "SessionTemplate" {
				kind = templates
			}
			object.SetNamespace("")
			mustAdmit(t, as("admission-admin", "system:masters").try(t.Context(), kind, "adm-plain", object))
		}
	}
}

// These cannot be said in a template at all: clients that ask for strict validation are refused, and
// for the others the API server drops them.
func TestFieldsThatTheSchemaLacks_AreNeverKept(t *testing.T) {
	for name, test := range map[string]struct{ spec, field string }{
		"hostNetwork":  {shaped("{hostNetwork: true}"), "hostNetwork"},
		"hostPID":      {shaped("{hostPID: true}"), "hostPID"},
		"hostIPC":      {shaped("{hostIPC: true}"), "hostIPC"},
		"hostUsers":    {shaped("{hostUsers: true}"), "hostUsers"},
		"hostAliases":  {shaped("{hostAliases: [{ip: 1.2.3.4}]}"), "hostAliases"},
		"nodeName":     {shaped("{nodeName: n}"), "nodeName"},
		"token":        {shaped("{automountServiceAccountToken: true}"), "automountServiceAccountToken"},
		"shared PIDs":  {shaped("{shareProcessNamespace: true}"), "shareProcessNamespace"},
		"sysctls":      {shaped("{securityContext: {sysctls: [{name: a, value: b}]}}"), "sysctls"},
		"SELinux":      {shaped("{securityContext: {seLinuxOptions: {type: spc_t}}}"), "seLinuxOptions"},
		"AppArmor":     {shaped("{securityContext: {appArmorProfile: {type: Unconfined}}}"), "appArmorProfile"},
		"hostPath":     {shaped("{volumes: [{name: v, hostPath: {path: /}}]}"), "hostPath"},
		"nfs":          {shaped("{volumes: [{name: v, nfs: {server: s, path: /}}]}"), "nfs"},
		"other claims": {shaped("{volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}"), "persistentVolumeClaim"},
		"privileged": {`agents: [{name: a, image: x, securityContext: {privileged: true, procMount: Unmasked,
			allowPrivilegeEscalation: true, capabilities: {add: [SYS_ADMIN]}}}]`, "securityContext"},
		"privileged sidecar": {shaped("{sidecars: [{name: s, image: x, securityContext: {privileged: true}}]}"),
			"securityContext"},
		"privileged init container": {
			shaped("{initContainers: [{name: i, image: x, securityContext: {privileged: true}}]}"), "securityContext"},
		"ephemeral containers": {shaped("{ephemeralContainers: [{name: e, image: x}]}"), "ephemeralContainers"},
		"hostPort":             {`agents: [{name: a, image: x, ports: [{containerPort: 80, hostPort: 80}]}]`, "hostPort"},
	} {
		t.Run(name, func(t *testing.T) {
			masters := as("admission-admin", "system:masters")
			err := masters.try(t.Context(), templates, "adm-exempt", template("t", test.spec))
			if !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), test.field) {
				t.Errorf("strict validation says %v", err)
			}
			// Without strict validation it may be refused otherwise, as a volume of no kind is; kept it is not.
			kept, err := masters.client.Resource(templates).Namespace("adm-exempt").Create(t.Context(),
				template("t", test.spec), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			if err == nil {
				text, _ := kept.MarshalJSON()
				if strings.Contains(string(text), `"`+test.field+`"`) {
					t.Errorf("kept: %s", text)
				}
			}
		})
	}
}

func TestUnsafeTemplateFromBefore_CanBeLabelledButNotChanged(t *testing.T) {
	ctx := t.Context()
	masters := as("admission-admin", "system:masters")
	if _, err := masters.create(ctx, templates, "adm-exempt", template("old", asRoot)); err != nil {
		t.Fatal(err)
	}
	exempt := func(value string) {
		_, err := cluster.Core.CoreV1().Namespaces().Patch(ctx, "adm-exempt", types.MergePatchType,
			[]byte(`{"metadata": {"labels": {"sojourn.dev/template-policy": `+value+`}}}`),
			metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	exempt("null")
	defer func() {
		exempt(`"unrestricted"`)
		untilAllowed(t, func() error { return masters.try(ctx, templates, "adm-exempt", template("t", asRoot)) })
	}()
	until(t, "the namespace is no longer exempt", func() bool {
		return refusedBy(masters.try(ctx, templates, "adm-exempt", template("t", asRoot)), policyOfSafety)
	})
	mustAdmit(t, masters.patch(ctx, templates, "adm-exempt", "old", `{"metadata": {"labels": {"a": "b"}}}`))
	mustRefuse(t, masters.patch(ctx, templates, "adm-exempt", "old", `{"spec": {"startTimeoutSeconds": 60}}`),
		policyOfSafety, "may not run as root")
	mustAdmit(t, masters.patch(ctx, templates, "adm-exempt", "old",
		`{"spec": {"podTemplate": {"spec": {"securityContext": null}}}}`))
}

func TestRuntimeClass_MustBeOneOfThoseTheReleaseNames(t *testing.T) {
	masters := as("admission-admin", "system:masters")
	for spec, admitted := range map[string]bool{
		safe: false, shaped("{runtimeClassName: runc}"): false, shaped("{}"): false,
		shaped("{runtimeClassName: gvisor}"): true, shaped("{runtimeClassName: kata}"): true,
	} {
		err := masters.try(t.Context(), templates, "adm-sandbox", template("t", spec))
		if admitted {
			mustAdmit(t, err)
			continue
		}
		mustRefuse(t, err, "template-runtime", "set podTemplate.spec.runtimeClassName to gvisor or kata")
	}
}
