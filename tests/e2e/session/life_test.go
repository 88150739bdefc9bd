package session

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sojourn.dev/e2e/support"
)

func TestCreatedSession_BecomesReadyAndItsStatusSaysWhatItHas(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("hello", withNotes)
	ready := session.WaitPath(awake, "INIT", "READY")

	claim, _ := session.Claim()
	pod, _ := session.Pod()
	status := ready.Status
	capacity := claim.Status.Capacity[corev1.ResourceStorage]
	want := support.VolumeRecord{ClaimName: session.ChildName(), ClaimUID: string(claim.UID),
		VolumeName: claim.Spec.VolumeName, Capacity: capacity.String(), Phase: "Bound",
		OnDelete: "Retain"}
	if status.Volume == nil || *status.Volume != want {
		t.Errorf("status.volume is %+v, want %+v", status.Volume, want)
	}
	if status.Pod == nil || status.Pod.Name != session.ChildName() ||
		status.Pod.UID != string(pod.UID) || status.Pod.Node != pod.Spec.NodeName ||
		!strings.HasPrefix(status.Pod.Incarnation, string(pod.UID)) {
		t.Errorf("status.pod is %+v", status.Pod)
	}
	if status.Template == nil || status.Template.Name != "notes" || status.Template.Generation != 1 {
		t.Errorf("status.template is %+v", status.Template)
	} else if _, live := space.History.Live(support.Revisions, status.Template.Revision); !live {
		t.Errorf("there is no ControllerRevision %s", status.Template.Revision)
	}
	if ready.Generation != 1 || status.ObservedGeneration != 1 || status.Reason != "Ready" ||
		status.Message != "" || status.Outcome != "" || status.Attempts != 0 ||
		status.StateSince == nil || status.StartTime == nil || status.ExpiresAt != nil ||
		status.NextAttemptTime != nil || status.FinishTime != nil {
		t.Errorf("status is %+v", status)
	}
	checkConditions(t, ready, map[string]string{"Ready": "True", "Suspended": "False",
		"Expired": "False", "VolumeReady": "True", "AgentReady": "True", "Finished": "False",
		"Admitted": "True"})
	if events := space.SessionEvents(); len(events) != 0 {
		t.Errorf("a healthy life made Events: %v", events)
	}
}

// checkConditions wants exactly these conditions.
func checkConditions(t *testing.T, session support.Session, want map[string]string) {
	t.Helper()
	for _, condition := range session.Status.Conditions {
		if string(condition.Status) != want[condition.Type] {
			t.Errorf("condition %s is %s (%s), want %q", condition.Type, condition.Status,
				condition.Reason, want[condition.Type])
		}
		if condition.ObservedGeneration != session.Generation {
			t.Errorf("condition %s speaks of generation %d, not %d", condition.Type,
				condition.ObservedGeneration, session.Generation)
		}
	}
	if len(session.Status.Conditions) != len(want) {
		t.Errorf("there are %d conditions, want %d", len(session.Status.Conditions), len(want))
	}
}

func TestColdStart_MakesTheClaimThenTellsThenMakesThePod(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	waitAccepted(space, "notes", "True")
	session := space.CreateSession("ordered", withNotes)
	session.WaitPath(awake, "INIT", "READY")
	init := firstInState(t, space, "ordered", "INIT")
	steps := []uint64{
		space.History.Of(support.Claims, session.ChildName())[0].Version,
		init.Version,
		space.History.Of(support.Pods, session.ChildName())[0].Version,
		firstInState(t, space, "ordered", "READY").Version,
	}
	if !slices.IsSorted(steps) {
		t.Errorf("claim, INIT, pod and READY came with the revisions %v", steps)
	}
	told, err := support.As[support.Session](init.Object)
	if err != nil {
		t.Fatal(err)
	}
	if claim, _ := session.Claim(); told.Status.Volume == nil ||
		told.Status.Volume.ClaimUID != string(claim.UID) {
		t.Errorf("INIT was told with the volume %+v, so a pod could mount a claim that is not on "+
			"record", told.Status.Volume)
	}
}

// firstInState returns the first revision of a Session in that state.
func firstInState(t *testing.T, space *support.Space, name, state string) support.Revision {
	t.Helper()
	for _, revision := range space.History.Of(support.Sessions, name) {
		session, err := support.As[support.Session](revision.Object)
		if err == nil && session.Status.State == state {
			return revision
		}
	}
	t.Fatalf("Session %s was never %s", name, state)
	return support.Revision{}
}

func TestPodAndClaim_BelongToTheSessionAndAreLockedDown(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("locked", withNotes)
	session.WaitPath(awake, "INIT", "READY")
	pod, _ := session.Pod()
	owner := metav1.GetControllerOf(&pod)
	if owner == nil || owner.UID != session.UID || owner.BlockOwnerDeletion != nil &&
		*owner.BlockOwnerDeletion {
		t.Errorf("the pod's owner is %+v", owner)
	}
	if spec := pod.Spec; spec.AutomountServiceAccountToken == nil ||
		*spec.AutomountServiceAccountToken || spec.EnableServiceLinks == nil ||
		*spec.EnableServiceLinks || spec.RestartPolicy != corev1.RestartPolicyAlways {
		t.Errorf("the pod gets a token, service links or restart policy %s", spec.RestartPolicy)
	}
	if identity := session.Exec("writer", "id", "-u"); strings.TrimSpace(identity) != "10001" {
		t.Errorf("the agent runs as user %s", identity)
	}
	tokens := session.Exec("writer", "sh", "-c", "ls /var/run/secrets 2>/dev/null; true")
	if tokens != "" {
		t.Errorf("the agent sees %s in /var/run/secrets", tokens)
	}
	claim, _ := session.Claim()
	if len(claim.OwnerReferences) != 0 || !slices.Equal(claim.Spec.AccessModes,
		[]corev1.PersistentVolumeAccessMode{corev1.ReadWriteOncePod}) ||
		claim.Labels["sojourn.dev/session"] != "locked" {
		t.Errorf("the claim is %+v %+v", claim.ObjectMeta, claim.Spec)
	}
}

func TestStoppedSession_SleepsAndWakesWithTheSameBytes(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("notes", notes)
	session := space.CreateSession("notes", withNotes)
	before := session.WaitPath(awake, "INIT", "READY")
	written := session.Exec("writer", "cat", readNotes)

	session.Want("Stopped")
	idle := session.WaitPath(noticed, "INIT", "READY", "IDLE")
	session.WaitGone(asleep, support.Pods)
	if idle.Status.Reason != "Stopped" || !idle.Is("Suspended") || !idle.Is("Ready") ||
		idle.Is("AgentReady") || idle.Status.Pod != nil {
		t.Errorf("asleep, the status is %+v", idle.Status)
	}
	checkSleepWasToldFirst(t, space, session)
	if read := readClaim(t, space, session.ChildName()); read != written {
		t.Errorf("the volume of the sleeping Session holds %q, the agent wrote %q", read, written)
	}

	session.Want("Running")
	after := session.WaitPath(awake, "INIT", "READY", "IDLE", "READY")
	if *after.Status.Volume != *before.Status.Volume {
		t.Errorf("the volume was %+v and is %+v", before.Status.Volume, after.Status.Volume)
	}
	if after.Status.Pod.UID == before.Status.Pod.UID || after.Is("Waking") || after.Is("Suspended") {
		t.Errorf("awake again, the status is %+v", after.Status)
	}
	now := session.Exec("writer", "cat", readNotes)
	if !strings.HasPrefix(now, written) || strings.Count(now, "\n") != 2 {
		t.Errorf("the file held %q and holds %q", written, now)
	}
	if events := space.SessionEvents(); len(events) != 0 {
		t.Errorf("a healthy life made Events: %v", events)
	}
}

// checkSleepWasToldFirst holds rule T2: IDLE is on record before the pod gets its
// deletionTimestamp.
func checkSleepWasToldFirst(t *testing.T, space *support.Space, session *support.SessionHandle) {
	t.Helper()
	told := firstInState(t, space, session.Name, "IDLE").Version
	for _, revision := range space.History.Of(support.Pods, session.ChildName()) {
		if revision.Object.GetDeletionTimestamp() != nil {
			if revision.Version < told {
				t.Errorf("the pod was deleted at revision %d, IDLE was told at %d", revision.Version,
					told)
			}
			return
		}
	}
	t.Error("the pod was never deleted")
}

// readClaim reads the notes on a claim that no pod uses, by a pod of its own.
func readClaim(t *testing.T, space *support.Space, claim string) string {
	t.Helper()
	space.CreatePod("reader", `
restartPolicy: Never
automountServiceAccountToken: false
securityContext:
  runAsUser: 10001
  runAsGroup: 10001
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
containers:
  - name: reader
    image: `+support.AgentImage+`
    imagePullPolicy: IfNotPresent
    command: [cat, /data/notes]
    securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
    volumeMounts: [{name: data, mountPath: /data}]
volumes:
  - name: data
    persistentVolumeClaim: {claimName: `+claim+`, readOnly: true}
`)
	text := space.OutputOfFinished("reader", awake)
	space.RemovePod("reader", asleep)
	return text
}

func TestPausedFromTheBeginning_WaitsInInitWithoutPodAndRunsWhenAsked(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	session := space.CreateSession("later", `
templateRef: {name: idler}
desiredState: Paused
`)
	paused := session.WaitPath(noticed, "INIT")
	if paused.Status.Reason != "Paused" || !paused.Is("Suspended") || !paused.Is("Ready") {
		t.Errorf("the status is %+v", paused.Status)
	}
	session.Want("Running")
	ready := session.WaitPath(awake, "INIT", "READY")
	if len(space.History.Of(support.Claims, "")) != 0 || ready.Status.Volume != nil {
		t.Error("nobody asked for storage, yet there is a claim")
	}
	if volume := ready.Condition("VolumeReady"); volume.Reason != "VolumeNotRequested" {
		t.Errorf("VolumeReady is %s", volume.Reason)
	}
	session.Want("Paused")
	idle := session.WaitPath(noticed, "INIT", "READY", "IDLE")
	if idle.Status.Reason != "Paused" {
		t.Errorf("the reason is %s", idle.Status.Reason)
	}
	session.WaitGone(asleep, support.Pods)
	if events := space.SessionEvents(); len(events) != 0 {
		t.Errorf("a healthy life made Events: %v", events)
	}
}

func TestStoppedBeforeItWasReady_LosesThePodAndStaysInInit(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", imageless)
	session := space.CreateSession("early", "templateRef: {name: idler}")
	session.WaitReason(noticed, "INIT", "ImagePull")
	session.Want("Stopped")
	session.WaitGone(asleep, support.Pods)
	session.WaitFor(noticed, "suspended", func(s support.Session) bool { return s.Is("Suspended") })
	space.ReplaceTemplate("idler", idler)
	session.Want("Running")
	session.WaitPath(awake, "INIT", "READY")
}

func TestStoppedWhileWaking_GoesBackToSleep(t *testing.T) {
	t.Parallel()
	space := newSpace(t)
	space.CreateTemplate("idler", idler)
	session := space.CreateSession("drowsy", "templateRef: {name: idler}")
	session.WaitPath(awake, "INIT", "READY")
	session.Want("Stopped")
	session.WaitPath(noticed, "INIT", "READY", "IDLE")
	session.WaitGone(asleep, support.Pods)

	space.ReplaceTemplate("idler", imageless)
	session.Want("Running")
	session.WaitFor(noticed, "waking, without an image", func(s support.Session) bool {
		return s.Is("Waking") && s.Status.Reason == "ImagePull"
	})
	session.Want("Stopped")
	session.WaitFor(noticed, "no longer waking", func(s support.Session) bool {
		return !s.Is("Waking") && s.Is("Suspended") && s.Status.Reason == "Stopped"
	})
	session.WaitGone(asleep, support.Pods)

	space.ReplaceTemplate("idler", idler)
	session.Want("Running")
	session.WaitPath(awake, "INIT", "READY", "IDLE", "READY")
}
