package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func TestParseRoute(t *testing.T) {
	for _, row := range []struct{ name, line, want string }{
		{"a network", "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0", "172.17.0.0/16"},
		{"one address", "wg0\t0100580A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0", "10.88.0.1/32"},
		{"the default route", "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0", "0.0.0.0/0"},
		{"the heading", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU", "invalid Prefix"},
		{"an empty line", "", "invalid Prefix"},
	} {
		prefix, ok := parseRoute(row.line)
		if prefix.String() != row.want || ok != prefix.IsValid() {
			t.Errorf("%s: %v, %v; want %s", row.name, prefix, ok, row.want)
		}
	}
}

func TestOverlaps_ASlotIsTakenByAnyNetworkThatSharesAnAddressWithIt(t *testing.T) {
	for _, row := range []struct {
		used string
		slot int
		want bool
	}{
		{"10.88.0.0/16", 0, true},
		{"10.88.7.0/24", 0, true},
		{"10.0.0.0/8", 3, true},
		{"10.88.0.0/16", 1, false},
		{"192.168.0.0/16", 0, false},
	} {
		got := overlaps(row.slot, []netip.Prefix{netip.MustParsePrefix(row.used)})
		if got != row.want {
			t.Errorf("slot %d beside %s: %v", row.slot, row.used, got)
		}
	}
}

func TestCreateCluster_TwoClustersNeverShareASlot(t *testing.T) {
	root := t.TempDir()
	first, err := createCluster(root, "one", Real)
	if err != nil {
		t.Fatal(err)
	}
	second, err := createCluster(root, "two", Fast)
	if err != nil {
		t.Fatal(err)
	}
	if first.Slot == second.Slot || first.ID == second.ID {
		t.Errorf("%+v and %+v would meet", first, second)
	}
}

func TestOpenCluster_ReadsWhatWasSavedAndRefusesWhatItCannotRead(t *testing.T) {
	root := t.TempDir()
	made, err := createCluster(root, "one", Fast)
	if err != nil {
		t.Fatal(err)
	}
	read, err := openCluster(root, "one")
	if err != nil || *read != *made {
		t.Errorf("read %+v, %v; want %+v", read, err, made)
	}
	for _, name := range []string{"", "..", "a/b", "Two", "absent"} {
		if _, err := openCluster(root, name); err == nil {
			t.Errorf("opened a cluster called %q", name)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "one", "cluster.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openCluster(root, "one"); err == nil {
		t.Error("opened a cluster whose file is cut off")
	}
}
