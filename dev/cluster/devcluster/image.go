package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"runtime"
	"sort"
	"strconv"
	"strings"
)

// imageSpec is an image of one layer, made of files of this machine.
type imageSpec struct {
	name       string
	user       string
	workdir    string
	entrypoint []string
	command    []string
	files      []imageFile
}

type imageFile struct {
	path    string
	content []byte
	link    string // not empty: a symbolic link to this
	mode    int64
	dir     bool
}

// imageCommand writes an image in the archive form of `docker save`, byte for byte the same from
// the same files, so that it can be recognized by its digest.
func imageCommand(args []string) error {
	flags, _, _ := newFlags("image")
	var spec imageSpec
	var files, links, dirs, entrypoint, command stringList
	flags.StringVar(&spec.name, "image-name", "", "full name, for example docker.io/library/x:dev")
	out := flags.String("out", "", "file to write")
	flags.StringVar(&spec.user, "user", "", "uid:gid of the containers")
	flags.StringVar(&spec.workdir, "workdir", "", "directory in which the command starts")
	flags.Var(&files, "file", "SOURCE=PATH=MODE, for example busybox=/bin/busybox=755; repeatable")
	flags.Var(&links, "link", "TARGET=PATH, a symbolic link; repeatable")
	flags.Var(&dirs, "dir", "PATH=MODE, an empty directory; repeatable")
	flags.Var(&entrypoint, "entrypoint", "one word of the entrypoint; repeatable")
	flags.Var(&command, "command", "one word of the default command; repeatable")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if spec.name == "" || *out == "" {
		return errors.New("--image-name and --out are needed")
	}
	spec.entrypoint, spec.command = entrypoint, command
	if err := spec.add(files, links, dirs); err != nil {
		return err
	}
	archive, err := spec.archive()
	if err != nil {
		return err
	}
	return writeFile(*out, archive, 0o644)
}

// add reads the flags that say what is in the image.
func (s *imageSpec) add(files, links, dirs []string) error {
	for _, file := range files {
		parts := strings.Split(file, "=")
		if len(parts) != 3 {
			return fmt.Errorf("--file %s is not SOURCE=PATH=MODE", file)
		}
		content, err := os.ReadFile(parts[0])
		if err != nil {
			return err
		}
		mode, err := strconv.ParseInt(parts[2], 8, 32)
		if err != nil {
			return fmt.Errorf("--file %s: the mode is not octal", file)
		}
		s.files = append(s.files, imageFile{path: parts[1], content: content, mode: mode})
	}
	for _, link := range links {
		target, path, ok := strings.Cut(link, "=")
		if !ok {
			return fmt.Errorf("--link %s is not TARGET=PATH", link)
		}
		s.files = append(s.files, imageFile{path: path, link: target, mode: 0o777})
	}
	for _, dir := range dirs {
		path, text, _ := strings.Cut(dir, "=")
		mode, err := strconv.ParseInt(text, 8, 32)
		if err != nil {
			return fmt.Errorf("--dir %s is not PATH=MODE with an octal mode", dir)
		}
		s.files = append(s.files, imageFile{path: path, mode: mode, dir: true})
	}
	return nil
}

// archive returns the image: its layer, its configuration, and the list that names both.
func (s *imageSpec) archive() ([]byte, error) {
	layer, err := s.layer()
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(object{
		"architecture": runtime.GOARCH, "os": "linux", "created": "1970-01-01T00:00:00Z",
		"config": object{"User": s.user, "WorkingDir": s.workdir, "Entrypoint": s.entrypoint,
			"Cmd": s.command, "Env": []string{"PATH=" + searchPath}},
		"rootfs":  object{"type": "layers", "diff_ids": []string{"sha256:" + digest(layer)}},
		"history": []object{{"created": "1970-01-01T00:00:00Z", "created_by": "devcluster image"}},
	})
	if err != nil {
		return nil, err
	}
	configName, layerName := digest(config)+".json", digest(layer)+"/layer.tar"
	list, err := json.Marshal([]object{{
		"Config": configName, "RepoTags": []string{s.name}, "Layers": []string{layerName}}})
	if err != nil {
		return nil, err
	}
	return writeTar([]imageFile{
		{path: configName, content: config, mode: 0o644},
		{path: layerName, content: layer, mode: 0o644},
		{path: "manifest.json", content: list, mode: 0o644},
	})
}

// layer adds the directories that the files are in, and orders everything by path.
func (s *imageSpec) layer() ([]byte, error) {
	byPath := map[string]imageFile{}
	for _, file := range s.files {
		file.path = strings.TrimPrefix(path.Clean(file.path), "/")
		for dir := path.Dir(file.path); dir != "."; dir = path.Dir(dir) {
			if _, known := byPath[dir]; !known {
				byPath[dir] = imageFile{path: dir, mode: 0o755, dir: true}
			}
		}
		byPath[file.path] = file
	}
	files := make([]imageFile, 0, len(byPath))
	for _, file := range byPath {
		files = append(files, file)
	}
	sort.Slice(files, func(a, b int) bool { return files[a].path < files[b].path })
	return writeTar(files)
}

func writeTar(files []imageFile) ([]byte, error) {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, file := range files {
		header := &tar.Header{Name: file.path, Mode: file.mode, Size: int64(len(file.content)),
			Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}
		switch {
		case file.dir:
			header.Typeflag, header.Name = tar.TypeDir, file.path+"/"
		case file.link != "":
			header.Typeflag, header.Linkname = tar.TypeSymlink, file.link
		}
		if err := writer.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := writer.Write(file.content); err != nil {
			return nil, err
		}
	}
	err := writer.Close()
	return buffer.Bytes(), err
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// importImages gives the node the images it does not have yet. The digest of what was imported last
// from an archive of each name is written down, because asking containerd takes a second for each.
func (c *Cluster) importImages(holder int, archives []string) error {
	known := map[string]string{}
	if data, err := os.ReadFile(c.path("images.json")); err == nil {
		if err := json.Unmarshal(data, &known); err != nil {
			return err
		}
	}
	for _, archive := range archives {
		content, err := os.ReadFile(archive)
		if err != nil {
			return err
		}
		name, sum := path.Base(archive), digest(content)
		if known[name] == sum {
			continue
		}
		// Within the node's namespaces: what unpacks a layer mounts it.
		command := exec.Command("nsenter", "--target", strconv.Itoa(holder), "--mount", "--pid", "--net",
			"ctr", "--address", c.containerdSocket(), "--namespace", "k8s.io", "images", "import", "-")
		command.Stdin = bytes.NewReader(content)
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("cannot import %s: %w: %s", archive, err, strings.TrimSpace(string(output)))
		}
		known[name] = sum
	}
	data, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(c.path("images.json"), data, 0o644)
}
