package install

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// packedImage is the image as `docker save` would write it, read into memory.
type packedImage struct {
	config struct {
		User       string
		Entrypoint []string
		Labels     map[string]string
	}
	files map[string]imageFile // by path without the leading slash, of all layers
	bytes int64
}

type imageFile struct {
	mode   int64
	kind   byte
	sha256 string
}

// readTar returns the members of an archive by name.
func readTar(t *testing.T, data []byte, each func(header *tar.Header, content []byte)) {
	t.Helper()
	reader := tar.NewReader(bytes.NewReader(data))
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		each(header, content)
	}
}

func readImage(t *testing.T) packedImage {
	t.Helper()
	archive, err := os.ReadFile(filepath.Join(os.Getenv(productsVariable), "image.tar"))
	if err != nil {
		t.Fatal(err)
	}
	members := map[string][]byte{}
	readTar(t, archive, func(header *tar.Header, content []byte) { members[header.Name] = content })
	var list []struct {
		Config string
		Layers []string
	}
	if err := json.Unmarshal(members["manifest.json"], &list); err != nil || len(list) != 1 {
		t.Fatalf("manifest.json lists %d images (%v)", len(list), err)
	}
	image := packedImage{files: map[string]imageFile{}}
	config := struct{ Config any }{&image.config}
	if err := json.Unmarshal(members[list[0].Config], &config); err != nil {
		t.Fatal(err)
	}
	for _, layer := range list[0].Layers {
		image.bytes += int64(len(members[layer]))
		readTar(t, members[layer], func(header *tar.Header, content []byte) {
			sum := sha256.Sum256(content)
			image.files[strings.Trim(strings.TrimPrefix(header.Name, "./"), "/")] = imageFile{
				mode: header.Mode, kind: header.Typeflag, sha256: hex.EncodeToString(sum[:])}
		})
	}
	return image
}

func TestImage_HoldsOneProgramAndItsLibrariesAndIsSmall(t *testing.T) {
	image := readImage(t)
	library := regexp.MustCompile(`^(usr/)?lib(64)?/.*\.so[.0-9]*$`)
	for path, file := range image.files {
		if file.kind != tar.TypeReg {
			continue
		}
		executable := file.mode&0o111 != 0
		if executable && path != "sojourn-operator" && !library.MatchString(path) {
			t.Errorf("%s can be run", path)
		}
		if file.mode&0o7022 != 0 {
			t.Errorf("%s has mode %o", path, file.mode)
		}
	}
	if _, found := image.files["sojourn-operator"]; !found {
		t.Error("the operator is not there")
	}
	const most = 25 << 20
	t.Logf("%d files, %.1f MiB", len(image.files), float64(image.bytes)/(1<<20))
	if image.bytes > most {
		t.Errorf("the image has %d bytes, more than %d", image.bytes, most)
	}
}

func TestImage_RunsAsAnUnprivilegedUserAndSaysWhatItIs(t *testing.T) {
	config := readImage(t).config
	user, _, _ := strings.Cut(config.User, ":")
	if number, err := strconv.Atoi(user); err != nil || number < 10000 {
		t.Errorf("the user is %q, not a number from 10000 on", config.User)
	}
	if !slices.Equal(config.Entrypoint, []string{"/sojourn-operator"}) {
		t.Errorf("the entry point is %v", config.Entrypoint)
	}
	version, commit := projectVersion(t), treeCommit(t)
	for label, want := range map[string]string{"version": version, "revision": commit,
		"title": "sojourn-operator", "licenses": "Apache-2.0",
		"description": "A Kubernetes operator for sessions of AI agents"} {
		if is := config.Labels["org.opencontainers.image."+label]; is != want {
			t.Errorf("label %s is %q, want %q", label, is, want)
		}
	}
}

func TestImage_PrintsTheVersionAndTheCommitItWasBuiltFrom(t *testing.T) {
	space := newSpace(t)
	space.CreatePod("version", `
restartPolicy: Never
automountServiceAccountToken: false
securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
containers:
  - name: operator
    image: docker.io/sojourn/operator:`+os.Getenv(imageVariable)+`
    args: [--version]
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: {drop: [ALL]}
`)
	want := "sojourn-operator " + projectVersion(t) + " (" + treeCommit(t) + ")\n"
	if printed := space.OutputOfFinished("version", asleep); printed != want {
		t.Errorf("--version prints %q, want %q", printed, want)
	}
}

// treeCommit asks git; a tree without it has the commit "unknown".
func treeCommit(t *testing.T) string {
	t.Helper()
	head, err := exec.Command("git", "-C", "../../..", "rev-parse", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	changes, err := exec.Command("git", "-C", "../../..", "status", "--porcelain",
		"--untracked-files=no").Output()
	if err != nil {
		t.Fatal(err)
	}
	commit := string(head[:12])
	if len(changes) > 0 {
		commit += "-modified"
	}
	return commit
}

func projectVersion(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../CMakeLists.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`project\(sojourn VERSION ([0-9.]+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("CMakeLists.txt names no version")
	}
	return string(found[1])
}
