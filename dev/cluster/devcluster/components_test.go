package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNodeGrace_IsWhatTheControllerManagerIsToldAndOtherwiseKubernetesDecides(t *testing.T) {
	const flag = "--node-monitor-grace-period=20s"
	cluster := &Cluster{Name: "try", Mode: Real, NodeGrace: 20 * time.Second}
	if told := cluster.controllerManager("hyperkube").Argv; !slices.Contains(told, flag) {
		t.Errorf("with a grace of 20 s the controller manager is told %v", told)
	}
	usual := &Cluster{Name: "try", Mode: Real}
	for _, argument := range usual.controllerManager("hyperkube").Argv {
		if strings.HasPrefix(argument, "--node-monitor") {
			t.Errorf("without a grace the controller manager is told %s", argument)
		}
	}
}
