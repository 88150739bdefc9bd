package main

import (
	"encoding/pem"
	"io"
	"log"
	"net/url"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"sojourn.dev/e2e/support"
)

// quiet takes what the HTTP server says about connections that a fault has cut.
var quiet = log.New(io.Discard, "", 0)

// ProxyTo makes a proxy to a cluster. Whoever comes through it is who the cluster's kubeconfig says.
func ProxyTo(cluster *support.Cluster, namespace string, fault Fault, kill func()) (*Proxy, error) {
	upstream, err := url.Parse(cluster.Config.Host)
	if err != nil {
		return nil, err
	}
	config := rest.CopyConfig(cluster.Config)
	config.UserAgent = "" // the operator's own is passed on
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	return NewProxy(upstream, transport, namespace, fault, kill), nil
}

// WriteKubeconfig writes how the proxy is reached.
func (p *Proxy) WriteKubeconfig(path string) error {
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw})
	config := clientcmdapi.NewConfig()
	config.Clusters["proxy"] = &clientcmdapi.Cluster{
		Server: strings.TrimSuffix(p.server.URL, "/"), CertificateAuthorityData: authority}
	config.AuthInfos["operator"] = &clientcmdapi.AuthInfo{Token: "through-the-proxy"}
	config.Contexts["proxy"] = &clientcmdapi.Context{Cluster: "proxy", AuthInfo: "operator"}
	config.CurrentContext = "proxy"
	return clientcmd.WriteToFile(*config, path)
}
