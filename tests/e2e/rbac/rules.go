// Package rbac proves that the chart grants the operator exactly what it uses: what the audit logs of
// all end-to-end runs tell is compared with the roles that Helm renders.
package rbac

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"sojourn.dev/e2e/support"
)

// Right is one verb on one kind of object. Resource holds the subresource after a slash, or a path
// when the request was for no resource.
type Right struct {
	Verb     string
	Group    string
	Resource string
}

func (r Right) String() string {
	group := r.Group
	if group == "" {
		group = "core"
	}
	return r.Verb + " " + r.Resource + " of " + group
}

// Granted lists what roles allow, with the names they limit it to; nil means any name.
func Granted(objects []*unstructured.Unstructured) (map[Right][]string, error) {
	granted := map[Right][]string{}
	for _, object := range objects {
		if object.GetKind() != "Role" && object.GetKind() != "ClusterRole" {
			continue
		}
		var role rbacv1.ClusterRole // a Role has the same rules
		err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &role)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
		for _, rule := range role.Rules {
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					for _, verb := range rule.Verbs {
						granted[Right{verb, group, resource}] = rule.ResourceNames
					}
				}
			}
		}
	}
	return granted, nil
}

// everybodys are rights that Kubernetes gives every account, by its own roles system:discovery and
// system:basic-user.
var everybodys = map[Right]bool{
	{"get", "", "/version"}: true,
	{"create", "authorization.k8s.io", "selfsubjectaccessreviews"}: true,
	{"create", "authorization.k8s.io", "selfsubjectrulesreviews"}:  true,
}

// Request is one that the API server's audit log tells of.
type Request struct {
	Right
	Namespace string // "" where it was for no single namespace
	Name      string // of the object, "" where there is none
	Pod       string // whose token it came with, "" when it was no pod's
	Code      int    // of the answer
}

// OfEverybody tells whether every account may ask this.
func (r Request) OfEverybody() bool { return everybodys[r.Right] }

// Requests reads what an account asked for, whatever the answer was.
func Requests(log, account string) ([]Request, error) {
	file, err := os.Open(log)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var requests []Request
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		if !strings.Contains(lines.Text(), account) { // most lines are about others
			continue
		}
		var entry struct {
			Verb       string `json:"verb"`
			RequestURI string `json:"requestURI"`
			User       struct {
				Username string              `json:"username"`
				Extra    map[string][]string `json:"extra"`
			} `json:"user"`
			ObjectRef *struct {
				Group       string `json:"apiGroup"`
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
			return nil, fmt.Errorf("%s has a line that is no entry: %w", log, err)
		}
		if entry.User.Username != account {
			continue
		}
		request := Request{Right: Right{Verb: entry.Verb}, Code: entry.ResponseStatus.Code,
			Pod: strings.Join(entry.User.Extra["authentication.kubernetes.io/pod-name"], "")}
		if ref := entry.ObjectRef; ref != nil {
			request.Group, request.Resource = ref.Group, ref.Resource
			request.Namespace, request.Name = ref.Namespace, ref.Name
			if ref.Subresource != "" {
				request.Resource += "/" + ref.Subresource
			}
		} else {
			request.Resource, _, _ = strings.Cut(entry.RequestURI, "?")
		}
		requests = append(requests, request)
	}
	return requests, lines.Err()
}

// Use is the names of the objects for which a right was used.
type Use map[string]bool

// Used adds what an account asked for beyond what everybody may.
func Used(log, account string, used map[Right]Use) error {
	requests, err := Requests(log, account)
	if err != nil {
		return err
	}
	for _, request := range requests {
		if request.OfEverybody() {
			continue
		}
		name := request.Name
		// A release of another name has a Lease of another name.
		if own := account[strings.LastIndex(account, ":")+1:]; name == own {
			name = support.OperatorAccount
		}
		if used[request.Right] == nil {
			used[request.Right] = Use{}
		}
		used[request.Right][name] = true
	}
	return nil
}
