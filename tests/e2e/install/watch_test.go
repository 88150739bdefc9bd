package install

import (
	"fmt"
	"testing"
)

// watched holds the path under which the operator watches each kind in all namespaces.
var watched = map[string]string{
	"Session":               "/apis/sojourn.dev/v1alpha1/sessions",
	"SessionTemplate":       "/apis/sojourn.dev/v1alpha1/sessiontemplates",
	"Pod":                   "/api/v1/pods",
	"PersistentVolumeClaim": "/api/v1/persistentvolumeclaims",
	"ControllerRevision":    "/apis/apps/v1/controllerrevisions",
}

func TestWatchesCutAndHistoryGone_EachIsBegunAnewAndNoSessionIsWritten(t *testing.T) {
	space := newSpace(t)
	address := hostAddress(t)
	server := newAuthority(t, "server", address)
	f := startFront(t, address, server)
	pod := startOperatorBehind(t, f, requestToken(t, "watching"), server)
	session := startSession(space, "watched")
	check := leaveAlone(t, session)
	revisions := len(session.Revisions())
	count := func(metricName, kind string) float64 {
		return metric(t, pod, metricName, fmt.Sprintf("kind=%q", kind))
	}
	const lists, watches = "sojourn_cache_lists_total", "sojourn_cache_watches_total"
	for _, gone := range []bool{false, true} {
		listed, begun, wantLists := map[string]float64{}, map[string]float64{}, 0.0
		var paths []string
		for kind, path := range watched {
			listed[kind], begun[kind] = count(lists, kind), count(watches, kind)
			if gone {
				paths, wantLists = append(paths, path), 1
			}
		}
		f.cut(paths...)
		for kind := range watched {
			poll(t, noticed, "a new watch of "+kind, func() bool { return count(watches, kind) > begun[kind] })
			poll(t, noticed, "the list of "+kind, func() bool { return count(lists, kind)-listed[kind] >= wantLists })
		}
		startSession(space, fmt.Sprintf("after-%v", gone))
		for kind := range watched {
			if more := count(lists, kind) - listed[kind]; more != wantLists {
				t.Errorf("history gone: %v; %s was listed %v times more, want %v", gone, kind, more, wantLists)
			}
		}
	}
	check()
	if more := len(session.Revisions()) - revisions; more != 0 {
		t.Errorf("a Session that did not change was written %d times", more)
	}
}
