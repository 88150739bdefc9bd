// Package golden keeps the protobuf forms of the golden objects, as the API server's own
// serializers write them, for the C++ tests, which have no writer of protobuf.
//
//	go test ./golden -update    # in tests/, after a change of a .json file
package golden

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
)

var update = flag.Bool("update", false, "write the files anew")

// read fills an object, with what Go calls its TypeMeta, from a .json file of this folder.
func read[T any](t *testing.T, file string) *T {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(object); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return object
}

func encode(t *testing.T, encoder runtime.Encoder, object runtime.Object) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := encoder.Encode(object, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// body is what the API server answers: the magic and an envelope that names the kind.
func body(t *testing.T, object runtime.Object) []byte {
	return encode(t, protobuf.NewSerializer(scheme.Scheme, scheme.Scheme), object)
}

// message is one item of a list: without its envelope.
func message(t *testing.T, object interface{ Marshal() ([]byte, error) }) []byte {
	t.Helper()
	bytes, err := object.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}

// events is a watch's body: each event in a frame of its own, its object in an envelope.
func events(t *testing.T, list ...watch.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	frames := protobuf.LengthDelimitedFramer.NewFrameWriter(&out)
	for _, each := range list {
		event := &metav1.WatchEvent{Type: string(each.Type)}
		event.Object.Raw = body(t, each.Object)
		if _, err := frames.Write(message(t, event)); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func TestProtobufFormsAreThoseOfTheJSON(t *testing.T) {
	pod := read[corev1.Pod](t, "pod.json")
	mounting := read[corev1.Pod](t, "pod_mounting.json")
	claim := read[corev1.PersistentVolumeClaim](t, "persistent_volume_claim.json")
	status := read[metav1.Status](t, "status_quota.json")
	expired := &metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure,
		Message: "too old resource version: 1 (2)", Reason: metav1.StatusReasonExpired, Code: 410}
	bookmark := &corev1.Pod{TypeMeta: pod.TypeMeta}
	bookmark.ResourceVersion = "930"
	list := &corev1.PodList{
		TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"},
		ListMeta: metav1.ListMeta{ResourceVersion: "910", Continue: "more"},
		Items:    []corev1.Pod{*pod, *mounting}}
	files := map[string][]byte{
		"pod.pb":                     message(t, pod),
		"pod_mounting.pb":            message(t, mounting),
		"persistent_volume_claim.pb": message(t, claim),
		"status_quota.pb":            body(t, status),
		"pods.pb":                    body(t, list),
		"pods_watch.pb": events(t, watch.Event{Type: watch.Added, Object: pod},
			watch.Event{Type: watch.Deleted, Object: mounting},
			watch.Event{Type: watch.Bookmark, Object: bookmark},
			watch.Event{Type: watch.Error, Object: expired}),
	}
	for name, want := range files {
		path := filepath.Join("protobuf", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, want) {
			t.Errorf("%s is not what the .json file says; run go test ./golden -update (%v)", path, err)
		}
	}
}
