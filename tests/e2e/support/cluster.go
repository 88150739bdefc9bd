// Package support is what the end-to-end tests stand on: the way to a cluster, the operator as a
// process, a namespace of one's own for every test, and an observer that keeps every revision of
// every object and holds the invariants of the project against them.
package support

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// FieldManager is the name under which the tests write. Whatever else stands in managedFields was
// written by somebody else.
const FieldManager = "sojourn-e2e"

// Cluster is one Kubernetes and the clients for it. Safe for use by several goroutines.
type Cluster struct {
	Kubeconfig string // path of the file
	AuditLog   string // path of the API server's, "" when there is none
	// OperatorKubeconfig is for the operator alone; GrantOperator sets it.
	OperatorKubeconfig string

	Config  *rest.Config
	Core    kubernetes.Interface
	Dynamic dynamic.Interface
}

// Connect reads the kubeconfig whose path the environment variable holds. Where the name of that
// variable has KUBECONFIG, another with AUDIT may name the API server's audit log.
func Connect(variable string) (*Cluster, error) {
	path := os.Getenv(variable)
	if path == "" {
		return nil, fmt.Errorf("%s is not set; run ./dev/test, or point it at the kubeconfig of a "+
			"cluster that may be used for tests", variable)
	}
	cluster, err := Open(path)
	if err != nil {
		return nil, err
	}
	cluster.AuditLog = os.Getenv(strings.Replace(variable, "KUBECONFIG", "AUDIT", 1))
	return cluster, cluster.awaitEndings(2 * time.Minute)
}

// awaitEndings waits until no namespace is on its way out. What another package's tests left behind
// would be work for this one's operator, and tests count what it writes.
func (c *Cluster) awaitEndings(atMost time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	ending := ""
	err := wait.PollUntilContextCancel(ctx, 200*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		namespaces, err := c.Core.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
		if err != nil {
			return false, err
		}
		for _, namespace := range namespaces.Items {
			if namespace.DeletionTimestamp != nil {
				ending = namespace.Name
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil && ending != "" {
		return fmt.Errorf("namespace %s does not go away; look at its conditions: %w", ending, err)
	}
	return err
}

// Open makes the clients for the cluster whose kubeconfig is at path.
func Open(path string) (*Cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the kubeconfig %s: %w", path, err)
	}
	config.QPS = -1 // the tests shall not be what is slow
	config.UserAgent = FieldManager
	core, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	dynamicClient, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &Cluster{Kubeconfig: path, Config: config, Core: core, Dynamic: dynamicClient}, nil
}
