package gitops

import (
	"os"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/google/cel-go/cel"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// moments say what every tool must read from a Session.
var moments = map[string]struct {
	kstatus status.Status
	argocd  string
}{
	"created":   {status.InProgressStatus, "Progressing"},
	"starting":  {status.InProgressStatus, "Progressing"},
	"ready":     {status.CurrentStatus, "Healthy"},
	"changed":   {status.InProgressStatus, "Progressing"},
	"asleep":    {status.CurrentStatus, "Healthy"},
	"waking":    {status.InProgressStatus, "Progressing"},
	"retrying":  {status.InProgressStatus, "Progressing"},
	"stalled":   {status.FailedStatus, "Degraded"},
	"completed": {status.CurrentStatus, "Healthy"},
	"failed":    {status.FailedStatus, "Degraded"},
	"expired":   {status.CurrentStatus, "Healthy"},
	"deleting":  {status.TerminatingStatus, "Progressing"},
}

func sessions(t *testing.T) map[string]*unstructured.Unstructured {
	t.Helper()
	found, err := Sessions()
	if err != nil {
		t.Fatal(err)
	}
	for name := range moments {
		if found[name] == nil {
			t.Errorf("there is no test data for %s", name)
		}
	}
	for name := range found {
		if _, known := moments[name]; !known {
			t.Errorf("nothing is expected of %s", name)
		}
	}
	return found
}

func TestKstatus_ReadsEveryMoment(t *testing.T) {
	for name, session := range sessions(t) {
		result, err := status.Compute(session)
		if err != nil || result.Status != moments[name].kstatus {
			t.Errorf("%s: kstatus says %v, want %s (%v)", name, result, moments[name].kstatus, err)
		}
	}
}

// run runs a script as Argo CD does: the object is the global obj, the answer a table.
func run(t *testing.T, script string, object map[string]any) map[string]any {
	t.Helper()
	machine := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer machine.Close()
	for name, open := range map[string]lua.LGFunction{lua.LoadLibName: lua.OpenPackage,
		lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable, lua.StringLibName: lua.OpenString} {
		machine.Push(machine.NewFunction(open))
		machine.Push(lua.LString(name))
		machine.Call(1, 0)
	}
	machine.SetGlobal("obj", toLua(machine, object))
	if err := machine.DoFile(script); err != nil {
		t.Fatal(err)
	}
	answer, is := fromLua(machine.Get(-1)).(map[string]any)
	if !is {
		t.Fatalf("%s answers %v", script, machine.Get(-1))
	}
	return answer
}

func toLua(machine *lua.LState, value any) lua.LValue {
	switch typed := value.(type) {
	case map[string]any:
		table := machine.NewTable()
		for key, item := range typed {
			table.RawSetString(key, toLua(machine, item))
		}
		return table
	case []any:
		table := machine.NewTable()
		for _, item := range typed {
			table.Append(toLua(machine, item))
		}
		return table
	case string:
		return lua.LString(typed)
	case bool:
		return lua.LBool(typed)
	case int64:
		return lua.LNumber(typed)
	case float64:
		return lua.LNumber(typed)
	}
	return lua.LNil
}

// fromLua reads what the scripts answer: tables with names, strings and booleans.
func fromLua(value lua.LValue) any {
	switch typed := value.(type) {
	case *lua.LTable:
		object := map[string]any{}
		typed.ForEach(func(key, item lua.LValue) { object[key.String()] = fromLua(item) })
		return object
	case lua.LString:
		return string(typed)
	case lua.LBool:
		return bool(typed)
	}
	return nil
}

func TestArgoHealth_ReadsEveryMoment(t *testing.T) {
	for name, session := range sessions(t) {
		answer := run(t, argocd+"/Session/health.lua", session.Object)
		if answer["status"] != moments[name].argocd || answer["message"] == "" {
			t.Errorf("%s: Argo CD says %v, want %s", name, answer, moments[name].argocd)
		}
	}
	stalled := run(t, argocd+"/Session/health.lua", sessions(t)["stalled"].Object)
	const words = "RetriesExhausted: gave up after 3 failed attempts; change spec.runToken to try again"
	if stalled["message"] != words {
		t.Errorf("a stalled session says %q", stalled["message"])
	}
}

func TestArgoHealth_ReadsTemplates(t *testing.T) {
	template := func(generation int64, accepted string) map[string]any {
		return map[string]any{
			"metadata": map[string]any{"generation": generation},
			"status": map[string]any{"conditions": []any{map[string]any{"type": "Accepted",
				"status": accepted, "reason": "InvalidTemplate", "message": "why",
				"observedGeneration": int64(1)}}},
		}
	}
	for want, object := range map[string]map[string]any{
		"Healthy": template(1, "True"), "Degraded": template(1, "False"), "Progressing": template(2, "True"),
	} {
		if got := run(t, argocd+"/SessionTemplate/health.lua", object)["status"]; got != want {
			t.Errorf("Argo CD says %v, want %s", got, want)
		}
	}
	fresh := map[string]any{"metadata": map[string]any{"generation": int64(1)}}
	if got := run(t, argocd+"/SessionTemplate/health.lua", fresh)["status"]; got != "Progressing" {
		t.Errorf("a fresh template is %v", got)
	}
}

func TestArgoActions_ChangeTheDesiredStateAndNothingElse(t *testing.T) {
	all := sessions(t)
	for action, want := range map[string]string{"run": "Running", "pause": "Paused", "stop": "Stopped"} {
		answer := run(t, argocd+"/Session/actions/"+action+"/action.lua", all["ready"].DeepCopy().Object)
		spec, _ := answer["spec"].(map[string]any)
		if len(spec) != 2 || spec["desiredState"] != want || spec["templateRef"] == nil {
			t.Errorf("%s gives the spec %v", action, spec)
		}
	}
	for name, disabled := range map[string]map[string]bool{
		"ready":   {"run": true, "pause": false, "stop": false},
		"asleep":  {"run": false, "pause": false, "stop": true},
		"expired": {"run": true, "pause": true, "stop": true},
	} {
		offered := run(t, argocd+"/Session/actions/discovery.lua", all[name].Object)
		for action, want := range disabled {
			entry, _ := offered[action].(map[string]any)
			if entry["disabled"] != want {
				t.Errorf("%s: the action %s is %v, want disabled=%v", name, action, entry, want)
			}
		}
	}
}

// healthCheck is one entry of a Flux Kustomization's spec.healthCheckExprs.
type healthCheck struct {
	Kind       string `json:"kind"`
	InProgress string `json:"inProgress"`
	Failed     string `json:"failed"`
	Current    string `json:"current"`
}

func fluxCheck(t *testing.T, kind string) healthCheck {
	t.Helper()
	text, err := os.ReadFile("../../../deploy/gitops/flux-healthchecks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var checks []healthCheck
	if err := yaml.Unmarshal(text, &checks); err != nil {
		t.Fatal(err)
	}
	for _, check := range checks {
		if check.Kind == kind {
			return check
		}
	}
	t.Fatalf("no expressions for %s", kind)
	return healthCheck{}
}

func holds(t *testing.T, expression string, object map[string]any) bool {
	t.Helper()
	environment, err := cel.NewEnv(cel.Variable("metadata", cel.DynType),
		cel.Variable("spec", cel.DynType), cel.Variable("status", cel.DynType))
	if err != nil {
		t.Fatal(err)
	}
	tree, issues := environment.Compile(expression)
	if issues.Err() != nil {
		t.Fatalf("%s: %v", expression, issues.Err())
	}
	program, err := environment.Program(tree)
	if err != nil {
		t.Fatal(err)
	}
	result, _, err := program.Eval(object)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return result.Value() == true
}

// Flux evaluates the three in this order, and takes an object that is going for neither.
func TestFluxExpressions_ReadEveryMoment(t *testing.T) {
	check := fluxCheck(t, "Session")
	for name, session := range sessions(t) {
		got := status.InProgressStatus
		switch {
		case holds(t, check.InProgress, session.Object):
		case holds(t, check.Failed, session.Object):
			got = status.FailedStatus
		case holds(t, check.Current, session.Object):
			got = status.CurrentStatus
		}
		want := moments[name].kstatus
		if want == status.TerminatingStatus {
			want = status.InProgressStatus
		}
		if got != want {
			t.Errorf("%s: Flux reads %s, want %s", name, got, want)
		}
	}
}
