package admission

import (
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// until waits for what the API server's own caches know a moment later.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

func untilAllowed(t *testing.T, ask func() error) {
	t.Helper()
	var err error
	deadline := time.Now().Add(30 * time.Second)
	for err = ask(); err != nil && time.Now().Before(deadline); err = ask() {
		time.Sleep(50 * time.Millisecond)
	}
	mustAdmit(t, err)
}

// grant gives a user the use of the named templates in adm-plain.
func grant(t *testing.T, name, user string, templateNames []string) {
	t.Helper()
	rbac := cluster.Core.RbacV1()
	_, err := rbac.Roles("adm-plain").Create(t.Context(), &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Rules: []rbacv1.PolicyRule{{APIGroups: []string{"sojourn.dev"},
			Resources: []string{"sessiontemplates"}, ResourceNames: templateNames, Verbs: []string{"use"}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = rbac.RoleBindings("adm-plain").Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// bind gives a user the rights of a ClusterRole in one namespace.
func bind(t *testing.T, name, user, role string) {
	t.Helper()
	_, err := cluster.Core.RbacV1().RoleBindings("adm-plain").Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}
