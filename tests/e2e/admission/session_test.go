package admission

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const policyOfUse = "template-use"

func TestSession_NeedsTheUseOfItsTemplate(t *testing.T) {
	ctx := t.Context()
	alice := as("alice", sessionMakers)
	mustRefuse(t, alice.try(ctx, sessions, "adm-plain", session("a", "small", "")), policyOfUse,
		"you may not use the template small; ask an administrator of the namespace for the verb use")

	grant(t, "one-template", "alice", []string{"small"})
	untilAllowed(t, func() error {
		return alice.try(ctx, sessions, "adm-plain", session("a", "small", ""))
	})
	mustRefuse(t, alice.try(ctx, sessions, "adm-plain", session("a", "large", "")), policyOfUse,
		"you may not use the template large")
	mustRefuse(t, alice.try(ctx, sessions, "adm-exempt", session("a", "small", "")), policyOfUse,
		"you may not use the template small")
}

func TestTemplateUser_MayUseEveryTemplateOfTheNamespace(t *testing.T) {
	bind(t, "use-all", "bob", release+"-template-user")
	bob := as("bob", sessionMakers)
	for _, name := range []string{"small", "large"} {
		untilAllowed(t, func() error {
			return bob.try(t.Context(), sessions, "adm-plain", session("b", name, ""))
		})
	}
}

func TestUseThatIsTakenAway_LeavesRunningSessionsToTheirUsers(t *testing.T) {
	ctx := t.Context()
	masters := as("admission-admin", "system:masters")
	if _, err := masters.create(ctx, sessions, "adm-plain", session("kept", "small", "")); err != nil {
		t.Fatal(err)
	}
	mustAdmit(t, as("carol", sessionMakers).patch(ctx, sessions, "adm-plain", "kept",
		`{"spec": {"desiredState": "Stopped"}}`))
}

func TestCreatedBy_IsTheCreatorsOwnNameOrAbsent(t *testing.T) {
	ctx := t.Context()
	masters := as("admission-admin", "system:masters")
	mustAdmit(t, masters.try(ctx, sessions, "adm-plain", session("s", "small", "admission-admin")))
	mustAdmit(t, masters.try(ctx, sessions, "adm-plain", session("s", "small", "")))
	mustRefuse(t, masters.try(ctx, sessions, "adm-plain", session("s", "small", "alice")),
		"created-by", "must be your own name, admission-admin; write that or leave it out")
}

func TestCreatedBy_NeverChanges(t *testing.T) {
	ctx := t.Context()
	masters := as("admission-admin", "system:masters")
	for name, creator := range map[string]string{"with": "admission-admin", "without": ""} {
		_, err := masters.create(ctx, sessions, "adm-plain", session(name, "small", creator))
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ name, patch string }{
		{"with", `{"metadata": {"annotations": {"` + createdBy + `": null}}}`},
		{"with", `{"metadata": {"annotations": null}}`},
		{"with", `{"metadata": {"annotations": {"` + createdBy + `": "alice"}}}`},
		{"without", `{"metadata": {"annotations": {"` + createdBy + `": "admission-admin"}}}`},
	} {
		mustRefuse(t, masters.patch(ctx, sessions, "adm-plain", test.name, test.patch), "created-by",
			"never changes; leave it as it was")
	}
	other := as("alice", "system:masters")
	for _, name := range []string{"with", "without"} {
		mustAdmit(t, other.patch(ctx, sessions, "adm-plain", name,
			`{"metadata": {"annotations": {"team": "blue"}}, "spec": {"desiredState": "Paused"}}`))
	}
}

func TestStatus_IsWrittenByTheOperatorAlone(t *testing.T) {
	ctx := t.Context()
	masters := as("admission-admin", "system:masters")
	if _, err := masters.create(ctx, sessions, "adm-plain", session("told", "small", "")); err != nil {
		t.Fatal(err)
	}
	if _, err := masters.create(ctx, templates, "adm-plain", template("told", safe)); err != nil {
		t.Fatal(err)
	}
	itself := as(operator, "system:masters")
	for _, of := range []struct {
		resource string
		status   string
		changed  string
	}{
		{"sessions", `{"state": "INIT", "reason": "Starting"}`, `{"state": "READY"}`},
		{"sessiontemplates", `{"observedGeneration": 1}`, `{"observedGeneration": null}`},
	} {
		kind := sessions
		if of.resource == "sessiontemplates" {
			kind = templates
		}
		const words = "only the operator writes a status; change the spec instead"
		mustRefuse(t, masters.patchStatus(ctx, kind, "adm-plain", "told", of.status), "status", words)
		mustAdmit(t, itself.patchStatus(ctx, kind, "adm-plain", "told", of.status))
		mustRefuse(t, masters.patchStatus(ctx, kind, "adm-plain", "told", of.changed), "status", words)
		// What changes nothing is nobody's harm: a tool that applies what it read goes on working.
		mustAdmit(t, masters.patchStatus(ctx, kind, "adm-plain", "told", of.status))
		mustAdmit(t, itself.patchStatus(ctx, kind, "adm-plain", "told", of.changed))
	}
}

func TestStatus_IsAlsoWrittenByWhomTheReleaseNames(t *testing.T) {
	ctx := t.Context()
	masters := as("admission-admin", "system:masters")
	if _, err := masters.create(ctx, sessions, "adm-sandbox", session("back", "small", "")); err != nil {
		t.Fatal(err)
	}
	const status = `{"state": "READY", "reason": "Ready"}`
	restorer := as("restorer", "system:masters")
	until(t, "somebody else is refused", func() bool {
		return refusedBy(masters.patchStatus(ctx, sessions, "adm-sandbox", "back", `{"state": "IDLE"}`), "status")
	})
	mustAdmit(t, restorer.patchStatus(ctx, sessions, "adm-sandbox", "back", status))
}

func TestSession_NeedsTheRightToAttachTheClaimItNames(t *testing.T) {
	ctx := t.Context()
	masters := as("admission-admin", "system:masters")
	naming := func(claim string) *unstructured.Unstructured {
		made := session("next", "small", "")
		made.Object["spec"].(map[string]any)["storage"] = map[string]any{
			"existingClaim": map[string]any{"name": claim}}
		return made
	}
	mustAdmit(t, masters.try(ctx, sessions, "adm-plain", naming("left-0123456789")))

	grant(t, "use-for-dave", "dave", []string{"small"})
	dave := as("dave", sessionMakers)
	untilAllowed(t, func() error {
		return dave.try(ctx, sessions, "adm-plain", session("d", "small", ""))
	})
	mustRefuse(t, dave.try(ctx, sessions, "adm-plain", naming("left-0123456789")), "claim-attach",
		"you may not go on with the claim left-0123456789; ask an administrator of the namespace for the "+
			"verb attach on persistentvolumeclaims")
	bind(t, "attach-for-dave", "dave", release+"-claim-user")
	untilAllowed(t, func() error {
		return dave.try(ctx, sessions, "adm-plain", naming("left-0123456789"))
	})
}
