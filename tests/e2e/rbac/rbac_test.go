package rbac

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"sojourn.dev/e2e/support"
)

// accounts are those the chart's operator has in the end-to-end runs: as a process of the machine,
// and as a pod of a release.
var accounts = []string{
	"system:serviceaccount:" + support.OperatorNamespace + ":" + support.OperatorAccount,
	"system:serviceaccount:sojourn-system:sojourn-operator",
}

func rights(t *testing.T) map[Right][]string {
	t.Helper()
	objects, err := support.OperatorRights(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	granted, err := Granted(objects)
	if err != nil {
		t.Fatal(err)
	}
	if len(granted) == 0 {
		t.Fatal("the chart grants nothing")
	}
	return granted
}

func usedRights(t *testing.T) map[Right]Use {
	t.Helper()
	logs := filepath.SplitList(os.Getenv("SOJOURN_E2E_AUDITS"))
	if len(logs) == 0 {
		t.Fatal("SOJOURN_E2E_AUDITS names no audit logs; run ./dev/test")
	}
	used := map[Right]Use{}
	for _, log := range logs {
		for _, account := range accounts {
			if err := Used(log, account, used); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(used) == 0 {
		t.Fatalf("no request of %s in %v", strings.Join(accounts, " or "), logs)
	}
	return used
}

func TestNothingIsUsedThatIsNotGranted(t *testing.T) {
	granted := rights(t)
	for right, names := range usedRights(t) {
		only, known := granted[right]
		if !known {
			t.Errorf("the operator uses %s, which the chart does not grant", right)
		}
		for name := range names {
			if len(only) > 0 && !slices.Contains(only, name) {
				t.Errorf("the operator uses %s for %q; the chart grants it for %v", right, name, only)
			}
		}
	}
}

func TestNothingIsGrantedThatIsNotUsed(t *testing.T) {
	used := usedRights(t)
	for right := range rights(t) {
		if len(used[right]) == 0 {
			t.Errorf("the chart grants %s, which the operator never used in any end-to-end test", right)
		}
	}
}

func TestAllThatTheChartGrants_HoldsNoSecretsWildcardsOrWaysToMoreRights(t *testing.T) {
	for _, arguments := range [][]string{
		{}, {"--set", "namespaces={a,b}"},
	} {
		objects, err := support.RenderChart(t.Context(), append([]string{"sojourn",
			"../../../charts/sojourn", "--namespace", "sojourn-system"}, arguments...)...)
		if err != nil {
			t.Fatal(err)
		}
		granted, err := Granted(objects)
		if err != nil {
			t.Fatal(err)
		}
		for right := range granted {
			plain, subresource, _ := strings.Cut(right.Resource, "/")
			never := []string{"*", "secrets", "nodes", "roles", "rolebindings", "clusterroles",
				"clusterrolebindings", "customresourcedefinitions", "serviceaccounts"}
			if slices.Contains(never, plain) || slices.Contains(
				[]string{"*", "escalate", "bind", "impersonate"}, right.Verb) ||
				right.Group == "*" || slices.Contains(
				[]string{"exec", "attach", "portforward", "ephemeralcontainers", "token", "finalizers"},
				subresource) {
				t.Errorf("%v: the chart grants %s", arguments, right)
			}
		}
	}
}

func TestNamespacedMode_GrantsTheSamePerNamespaceAndNothingOutside(t *testing.T) {
	render := func(arguments ...string) []*unstructured.Unstructured {
		objects, err := support.RenderChart(t.Context(), append([]string{"sojourn",
			"../../../charts/sojourn", "--namespace", "sojourn-system", "--show-only",
			"templates/rbac.yaml"}, arguments...)...)
		if err != nil {
			t.Fatal(err)
		}
		return objects
	}
	all, err := Granted(render())
	if err != nil {
		t.Fatal(err)
	}
	inNamespace := map[string][]*unstructured.Unstructured{}
	for _, object := range render("--set", "namespaces={a,b}") {
		if strings.HasPrefix(object.GetKind(), "Cluster") {
			t.Errorf("%s %s reaches every namespace", object.GetKind(), object.GetName())
		}
		namespace := object.GetNamespace()
		inNamespace[namespace] = append(inNamespace[namespace], object)
	}
	lease, err := Granted(inNamespace["sojourn-system"])
	if err != nil {
		t.Fatal(err)
	}
	for _, namespace := range []string{"a", "b"} {
		granted, err := Granted(inNamespace[namespace])
		if err != nil {
			t.Fatal(err)
		}
		if len(granted)+len(lease) != len(all) {
			t.Errorf("namespace %s has %d rights and the Lease %d; a ClusterRole has %d", namespace,
				len(granted), len(lease), len(all))
		}
		for right := range granted {
			if _, known := all[right]; !known {
				t.Errorf("only namespace %s has %s", namespace, right)
			}
		}
	}
}
