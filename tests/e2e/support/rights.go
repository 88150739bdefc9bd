package support

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// HelmVariable names the environment variable that holds the path of Helm.
const HelmVariable = "SOJOURN_HELM"

// The operator of the tests is a process outside of the cluster, but it has an account of the
// cluster with exactly the chart's roles: a verb that the chart forgets fails a test.
const (
	OperatorNamespace = "sojourn-e2e"
	OperatorAccount   = "sojourn-e2e-operator"
	LeaseName         = OperatorAccount

	chartDirectory = "../../../charts/sojourn"
)

// RenderChart returns the objects of the chart, as Helm makes them with the arguments.
func RenderChart(ctx context.Context, arguments ...string) ([]*unstructured.Unstructured, error) {
	helm := os.Getenv(HelmVariable)
	if helm == "" {
		return nil, errors.New(HelmVariable + " is not set; run ./dev/test, or set it to the path of helm")
	}
	var errs bytes.Buffer
	command := exec.CommandContext(ctx, helm, append([]string{"template"}, arguments...)...)
	command.Stderr = &errs
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("helm template: %w: %s", err, errs.String())
	}
	return ReadObjects(text)
}

// ReadObjects reads a text of several YAML documents.
func ReadObjects(text []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// OperatorRights renders the roles, bindings and the account that the chart gives the operator of
// the tests.
func OperatorRights(ctx context.Context) ([]*unstructured.Unstructured, error) {
	return RenderChart(ctx, "e2e", chartDirectory, "--namespace", OperatorNamespace,
		"--set", "fullnameOverride="+OperatorNamespace,
		"--show-only", "templates/rbac.yaml", "--show-only", "templates/serviceaccount.yaml")
}

var rightsResources = map[string]schema.GroupVersionResource{
	"ServiceAccount":     {Version: "v1", Resource: "serviceaccounts"},
	"Role":               rbacResource("roles"),
	"RoleBinding":        rbacResource("rolebindings"),
	"ClusterRole":        rbacResource("clusterroles"),
	"ClusterRoleBinding": rbacResource("clusterrolebindings"),
}

func rbacResource(plural string) schema.GroupVersionResource {
	return schema.GroupVersionResource{
		Group: "rbac.authorization.k8s.io", Version: "v1", Resource: plural,
	}
}

func (c *Cluster) applyRight(ctx context.Context, object *unstructured.Unstructured) error {
	resource, known := rightsResources[object.GetKind()]
	if !known {
		return fmt.Errorf("the chart's rights hold a %s", object.GetKind())
	}
	_, err := c.Dynamic.Resource(resource).Namespace(object.GetNamespace()).Apply(ctx,
		object.GetName(), object, metav1.ApplyOptions{FieldManager: FieldManager, Force: true})
	if err != nil {
		return fmt.Errorf("apply %s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}

// GrantOperator makes the operator's account with the chart's roles, and writes a kubeconfig for it
// into the folder. Operators that are started afterwards use it.
func (c *Cluster) GrantOperator(ctx context.Context, folder string) error {
	_, err := c.Core.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{Name: OperatorNamespace},
	}, metav1.CreateOptions{FieldManager: FieldManager})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	rights, err := OperatorRights(ctx)
	if err != nil {
		return err
	}
	for _, object := range rights {
		if err := c.applyRight(ctx, object); err != nil {
			return err
		}
	}
	const aDay = int64(24 * time.Hour / time.Second)
	seconds := aDay
	token, err := c.Core.CoreV1().ServiceAccounts(OperatorNamespace).CreateToken(ctx,
		OperatorAccount, &authenticationv1.TokenRequest{
			Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds},
		}, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("no token for the operator's account: %w", err)
	}
	c.OperatorKubeconfig = filepath.Join(folder, "operator.kubeconfig")
	return c.writeKubeconfig(c.OperatorKubeconfig, token.Status.Token)
}

// GrantLease lets the operator keep its Lease in another namespace, by the chart's own role.
func (c *Cluster) GrantLease(ctx context.Context, namespace string) error {
	rights, err := OperatorRights(ctx)
	if err != nil {
		return err
	}
	for _, object := range rights {
		if object.GetName() != OperatorAccount+"-lease" {
			continue
		}
		object.SetNamespace(namespace)
		if err := c.applyRight(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// writeKubeconfig writes the tests' own kubeconfig with another user.
func (c *Cluster) writeKubeconfig(path, token string) error {
	whole, err := clientcmd.LoadFromFile(c.Kubeconfig)
	if err != nil {
		return err
	}
	current, known := whole.Contexts[whole.CurrentContext]
	if !known {
		return fmt.Errorf("%s has no current context", c.Kubeconfig)
	}
	current.AuthInfo = OperatorAccount
	current.Namespace = OperatorNamespace
	whole.AuthInfos = map[string]*api.AuthInfo{OperatorAccount: {Token: token}}
	return clientcmd.WriteToFile(*whole, path)
}
