// Command fastbinder stands in for scheduler, kubelet and volume provisioner where it is the
// operator that is watched or measured: it binds every claim and pod at once, says that the pod
// runs, and lets it go as soon as it is deleted. Nothing is executed. Where a real cluster would
// leave something waiting (an unknown storage class, a claim that is missing, a scheduling gate) it
// waits here too.
package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server (required)")
	node := flag.String("node", "fast", "name of the node that pods are bound to")
	workers := flag.Int("workers", 16, "pods and claims worked on at a time, each")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *kubeconfig, *node, *workers); err != nil {
		klog.ErrorS(err, "the fast binder ends")
		os.Exit(1)
	}
}

func serve(ctx context.Context, kubeconfig, node string, workers int) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // the API server's own limits are enough
	config.UserAgent = "sojourn-fast-binder"
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := registerNode(ctx, client, node); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	volumes := newVolumes(client, factory)
	pods := newPods(client, factory, node)
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	for range workers {
		go volumes.claims.run(ctx)
		go volumes.released.run(ctx)
		go pods.queue.run(ctx)
	}
	<-ctx.Done()
	return nil
}
