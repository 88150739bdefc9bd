package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// unpack returns the contents of an archive by name, and the names in order.
func unpack(t *testing.T, archive []byte) (map[string][]byte, []string) {
	t.Helper()
	files, names := map[string][]byte{}, []string{}
	reader := tar.NewReader(bytes.NewReader(archive))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files, names
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = content
		names = append(names, header.Name)
	}
}

func sampleImage(t *testing.T) *imageSpec {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("run me"), 0o600); err != nil {
		t.Fatal(err)
	}
	spec := &imageSpec{name: "docker.io/library/x:dev", user: "1:2", command: []string{"program"}}
	err := spec.add([]string{program + "=/usr/bin/program=755"}, []string{"/usr/bin/program=/bin/alias"},
		[]string{"/tmp=1777"})
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func TestArchive_NamesItsLayerAndConfigurationByTheirDigests(t *testing.T) {
	archive, err := sampleImage(t).archive()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := unpack(t, archive)
	var list []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal(files["manifest.json"], &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || !slices.Equal(list[0].RepoTags, []string{"docker.io/library/x:dev"}) {
		t.Fatalf("the list is %+v", list)
	}
	config, layer := files[list[0].Config], files[list[0].Layers[0]]
	if list[0].Config != digest(config)+".json" {
		t.Errorf("the configuration is called %s", list[0].Config)
	}
	var read struct {
		Config struct{ User string }
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		}
	}
	if err := json.Unmarshal(config, &read); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(read.RootFS.DiffIDs, []string{"sha256:" + digest(layer)}) || read.Config.User != "1:2" {
		t.Errorf("the configuration is %s", config)
	}
	_, names := unpack(t, layer)
	want := []string{"bin/", "bin/alias", "tmp/", "usr/", "usr/bin/", "usr/bin/program"}
	if !slices.Equal(names, want) {
		t.Errorf("the layer holds %v, want %v", names, want)
	}
}

func TestArchive_IsTheSameFromTheSameFiles(t *testing.T) {
	first, err1 := sampleImage(t).archive()
	second, err2 := sampleImage(t).archive()
	if err1 != nil || err2 != nil || !bytes.Equal(first, second) {
		t.Errorf("%v, %v, equal %v", err1, err2, bytes.Equal(first, second))
	}
}

func TestAdd_RefusesWhatIsIncomplete(t *testing.T) {
	for _, row := range []struct{ files, links, dirs []string }{
		{files: []string{"/etc/hostname"}},
		{files: []string{"/nothing/there=/a=644"}},
		{files: []string{"/etc/hostname=/a=9"}},
		{links: []string{"/target"}},
		{dirs: []string{"/tmp"}},
	} {
		if err := new(imageSpec).add(row.files, row.links, row.dirs); err == nil {
			t.Errorf("took %v %v %v", row.files, row.links, row.dirs)
		}
	}
}
