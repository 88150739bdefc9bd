package install

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// authority signs the certificate with which a front speaks for the API server.
type authority struct {
	pem  []byte
	leaf tls.Certificate
}

func newAuthority(t *testing.T, name string, address net.IP) authority {
	t.Helper()
	issue := func(template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if parent == nil {
			parent, signer = template, key
		}
		template.SerialNumber = big.NewInt(time.Now().UnixNano())
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return certificate, key
	}
	ca, caKey := issue(&x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	leaf, leafKey := issue(&x509.Certificate{Subject: pkix.Name{CommonName: "front"},
		IPAddresses: []net.IP{address}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}, ca, caKey)
	return authority{pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}),
		leaf: tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey}}
}

// front stands before the API server under a certificate of the test's own, so that the test can
// change that certificate and see which tokens are used. Safe for use by several goroutines.
type front struct {
	address net.IP
	port    string

	mu         sync.Mutex
	speaksAs   authority            // guarded by mu
	changed    bool                 // guarded by mu: connections from before the change are to end
	handshakes int                  // guarded by mu: since the change
	seen       map[string]time.Time // guarded by mu: when each token was used last
	failures   []string             // guarded by mu
	watches    []context.CancelFunc // guarded by mu: of all watches since the last cut
	forgotten  map[string]bool      // guarded by mu: paths whose next watch is answered by 410
}

// hostAddress is this machine's own address as the pods see it.
func hostAddress(t *testing.T) net.IP {
	t.Helper()
	server, err := url.Parse(cluster.Config.Host)
	if err != nil {
		t.Fatal(err)
	}
	connection, err := net.Dial("udp", server.Host) // sends nothing
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	return connection.LocalAddr().(*net.UDPAddr).IP
}

func startFront(t *testing.T, address net.IP, first authority) *front {
	t.Helper()
	f := &front{address: address, speaksAs: first, seen: map[string]time.Time{}}
	listener, err := net.Listen("tcp", net.JoinHostPort(address.String(), "0"))
	if err != nil {
		t.Fatal(err)
	}
	_, f.port, _ = net.SplitHostPort(listener.Addr().String())
	target, err := url.Parse(cluster.Config.Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(rest.AnonymousClientConfig(cluster.Config))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport, proxy.FlushInterval = transport, -1
	proxy.ErrorLog = log.New(io.Discard, "", 0) // watches that end with their client
	proxy.ModifyResponse = f.note
	server := &http.Server{Handler: http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		f.arrive(writer, request)
		if request.URL.Query().Has("watch") {
			ctx, cancel := context.WithCancel(request.Context())
			defer cancel()
			if f.isGone(request.URL.Path, cancel) {
				writer.Header().Set("Content-Type", "application/json")
				writer.WriteHeader(http.StatusGone)
				_, _ = io.WriteString(writer, `{"kind":"Status","apiVersion":"v1","status":"Failure",`+
					`"message":"too old resource version","reason":"Expired","code":410}`)
				return
			}
			request = request.WithContext(ctx)
		}
		proxy.ServeHTTP(writer, request)
	}), ErrorLog: log.New(io.Discard, "", 0)}
	secured := tls.NewListener(listener, &tls.Config{MinVersion: tls.VersionTLS12,
		SessionTicketsDisabled: true, GetCertificate: f.certificate})
	go func() { _ = server.Serve(secured) }() // ends with the server
	t.Cleanup(func() { _ = server.Close() })
	return f
}

func (f *front) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changed {
		f.handshakes++
	}
	return &f.speaksAs.leaf, nil
}

func (f *front) arrive(writer http.ResponseWriter, request *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[strings.TrimPrefix(request.Header.Get("Authorization"), "Bearer ")] = time.Now()
	if f.changed {
		writer.Header().Set("Connection", "close")
	}
}

// isGone tells whether this watch is to be answered by 410; else it can be cut from now on.
func (f *front) isGone(path string, cancel context.CancelFunc) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.forgotten[path] {
		delete(f.forgotten, path)
		return true
	}
	f.watches = append(f.watches, cancel)
	return false
}

// cut breaks every watch off; the next one of each of the paths is answered by 410.
func (f *front) cut(forget ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forgotten = map[string]bool{}
	for _, path := range forget {
		f.forgotten[path] = true
	}
	for _, cancel := range f.watches {
		cancel()
	}
	f.watches = nil
}

func (f *front) note(response *http.Response) error {
	if response.StatusCode == http.StatusUnauthorized || response.StatusCode >= 500 {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.failures = append(f.failures,
			response.Request.Method+" "+response.Request.URL.Path+": "+response.Status)
	}
	return nil
}

// change makes every connection from now on meet the other certificate.
func (f *front) change(next authority) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.speaksAs, f.changed = next, true
}

func (f *front) lastUse(token string) (at time.Time, ever bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, ever = f.seen[token]
	return at, ever
}

func (f *front) result() (handshakes int, failures []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.handshakes, append([]string(nil), f.failures...)
}
