package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// authority signs the certificates of one cluster. It is thrown away with the cluster.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// identity is who a certificate speaks for: to the API server the name is the user, the
// organization the group. Addresses make it a server's.
type identity struct {
	file, name, organization string
	addresses                []string
}

const validity = 10 * 365 * 24 * time.Hour

// writeCertificates makes what is missing under pki/: an authority, a certificate for every program
// and the key that signs service accounts' tokens.
func (c *Cluster) writeCertificates() error {
	ca, err := loadOrCreateAuthority(c.path("pki", "ca"))
	if err != nil {
		return err
	}
	node := c.nodeName()
	for _, who := range []identity{
		{"apiserver", "kube-apiserver", "", []string{c.nodeIP(), c.serviceIP(), "127.0.0.1", "kubernetes",
			"kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}},
		{"apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters", nil},
		{"kubelet-server", node, "", []string{c.nodeIP(), node}},
		{"kubelet", "system:node:" + node, "system:nodes", nil},
		{"controller-manager", "system:kube-controller-manager", "", nil},
		{"scheduler", "system:kube-scheduler", "", nil},
		{"kube-proxy", "system:kube-proxy", "", nil},
		{"coredns", "system:coredns", "", nil},
		{"local-path", "system:local-path", "system:masters", nil},
		{"fast-binder", "system:fast-binder", "system:masters", nil},
		{"admin", "admin", "system:masters", nil},
	} {
		if err := ca.issue(c.path("pki", who.file), who); err != nil {
			return err
		}
	}
	if exists(c.path("pki", "service-accounts.key")) {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return writeKey(c.path("pki", "service-accounts.key"), key)
}

// kubeconfig writes a kubeconfig for the identity of pki/<file>, with everything in it.
func (c *Cluster) kubeconfig(path, file string) error {
	data := map[string]string{}
	for key, name := range map[string]string{"ca": "ca.crt", "crt": file + ".crt", "key": file + ".key"} {
		content, err := os.ReadFile(c.path("pki", name))
		if err != nil {
			return err
		}
		data[key] = base64.StdEncoding.EncodeToString(content)
	}
	context := "sojourn-" + c.Name
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters:
- name: %[1]s
  cluster:
    server: %[2]s
    certificate-authority-data: %[3]s
users:
- name: %[1]s-%[6]s
  user:
    client-certificate-data: %[4]s
    client-key-data: %[5]s
contexts:
- name: %[1]s
  context:
    cluster: %[1]s
    user: %[1]s-%[6]s
    namespace: default
current-context: %[1]s
`, context, c.server(), data["ca"], data["crt"], data["key"], file)
	return writeFile(path, []byte(text), 0o600)
}

func loadOrCreateAuthority(path string) (*authority, error) {
	if exists(path+".crt") && exists(path+".key") {
		return loadAuthority(path)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sojourn local cluster"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validity),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		IsCA:     true, BasicConstraintsValid: true,
	}
	ca := &authority{template, key}
	if err := ca.write(path, template, key); err != nil {
		return nil, err
	}
	return loadAuthority(path)
}

func loadAuthority(path string) (*authority, error) {
	certificateBlock, err := readBlock(path + ".crt")
	if err != nil {
		return nil, err
	}
	keyBlock, err := readBlock(path + ".key")
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(certificateBlock.Bytes)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, err
	}
	return &authority{certificate, key}, nil
}

func readBlock(path string) (*pem.Block, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s holds nothing that can be read", path)
	}
	return block, nil
}

// issue writes path.crt and path.key for who, unless both are there.
func (a *authority) issue(path string, who identity) error {
	if exists(path+".crt") && exists(path+".key") {
		return nil
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: who.name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(validity),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if who.organization != "" {
		template.Subject.Organization = []string{who.organization}
	}
	for _, address := range who.addresses {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		if ip := net.ParseIP(address); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, address)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return a.write(path, template, key)
}

func (a *authority) write(path string, template *x509.Certificate, key *ecdsa.PrivateKey) error {
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return err
	}
	if err := writeKey(path+".key", key); err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return writeFile(path+".crt", text, 0o600)
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}
