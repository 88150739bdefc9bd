package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// api asks the cluster's API server as its administrator.
type api struct {
	server string
	client *http.Client
}

func (c *Cluster) api() (*api, error) {
	ca, err := os.ReadFile(c.path("pki", "ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	certificate, err := tls.LoadX509KeyPair(c.path("pki", "admin.crt"), c.path("pki", "admin.key"))
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool,
		Certificates: []tls.Certificate{certificate}}}
	return &api{c.server(), &http.Client{Timeout: 5 * time.Second, Transport: transport}}, nil
}

// get reads path; into may be nil. Every answer but 200 is an error.
func (a *api) get(path string, into any) error {
	response, err := a.client.Get(a.server + path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %.200s", path, response.Status, body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

func (a *api) nodeReady(name string) error {
	var node struct {
		Status struct {
			Conditions []struct{ Type, Status, Message string }
		}
	}
	if err := a.get("/api/v1/nodes/"+name, &node); err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == "Ready" && condition.Status == "True" {
			return nil
		}
		if condition.Type == "Ready" {
			return fmt.Errorf("node %s is not ready: %s", name, condition.Message)
		}
	}
	return fmt.Errorf("node %s does not say whether it is ready", name)
}

// kubectl runs the cluster's own kubectl as administrator.
func (c *Cluster) kubectl(input []byte, arguments ...string) error {
	hyperkube, err := c.program("hyperkube")
	if err != nil {
		return err
	}
	arguments = append([]string{"kubectl", "--kubeconfig", c.path("kubeconfig")}, arguments...)
	command := exec.Command(hyperkube, arguments...)
	command.Env = []string{"PATH=" + searchPath, "HOME=" + c.path("home")}
	command.Stdin = bytes.NewReader(input)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl: %w: %s", err, strings.TrimSpace(string(output)))
	}
	return nil
}
