package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Addresses of slot s, B = 88+s. The node is the far end of a pair of virtual interfaces:
//
//	10.B.0.0/17     pods
//	10.B.128.0/18   Services
//	10.B.255.1/30   this machine's end of the pair
//	10.B.255.2/30   the node: API server, kubelet, name server
const (
	firstBlock = 88
	slots      = 32
)

func slotAddress(slot int, rest string) string { return fmt.Sprintf("10.%d.%s", firstBlock+slot, rest) }

func (c *Cluster) podRange() string     { return slotAddress(c.Slot, "0.0/17") }
func (c *Cluster) serviceRange() string { return slotAddress(c.Slot, "128.0/18") }
func (c *Cluster) serviceIP() string    { return slotAddress(c.Slot, "128.1") }
func (c *Cluster) hostIP() string       { return slotAddress(c.Slot, "255.1") }
func (c *Cluster) nodeIP() string       { return slotAddress(c.Slot, "255.2") }
func (c *Cluster) server() string       { return "https://" + c.nodeIP() + ":6443" }

// outside names what the cluster owns outside of its directory and namespaces: the interface, the
// packet filter's table and the control group.
func (c *Cluster) outside() string { return fmt.Sprintf("sojourn%d", c.Slot) }

// freeSlot finds a slot whose addresses neither another cluster nor this machine's network uses.
func freeSlot(root string) (int, error) {
	taken := map[int]bool{}
	for _, cluster := range allClusters(root) {
		taken[cluster.Slot] = true
	}
	used, err := usedNetworks()
	if err != nil {
		return 0, err
	}
	for slot := range slots {
		if !taken[slot] && !overlaps(slot, used) {
			return slot, nil
		}
	}
	return 0, fmt.Errorf("all of 10.%d.0.0 to 10.%d.255.255 is in use on this machine; "+
		"remove a cluster (devcluster list, devcluster down) or a route", firstBlock, firstBlock+slots-1)
}

func overlaps(slot int, used []netip.Prefix) bool {
	block := netip.MustParsePrefix(slotAddress(slot, "0.0/16"))
	for _, prefix := range used {
		if prefix.Overlaps(block) {
			return true
		}
	}
	return false
}

// usedNetworks returns the addresses and routes of this machine, without the default route.
func usedNetworks() ([]netip.Prefix, error) {
	var used []netip.Prefix
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	for _, address := range addresses {
		if prefix, err := netip.ParsePrefix(address.String()); err == nil {
			used = append(used, prefix.Masked())
		}
	}
	file, err := os.Open("/proc/net/route")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if prefix, ok := parseRoute(lines.Text()); ok && prefix.Bits() > 0 {
			used = append(used, prefix)
		}
	}
	return used, lines.Err()
}

// parseRoute reads destination and mask of a line of /proc/net/route (little-endian hexadecimal).
func parseRoute(line string) (netip.Prefix, bool) {
	fields := strings.Fields(line)
	if len(fields) < 8 {
		return netip.Prefix{}, false
	}
	destination, err1 := hex.DecodeString(fields[1])
	mask, err2 := hex.DecodeString(fields[7])
	if err1 != nil || err2 != nil || len(destination) != 4 || len(mask) != 4 {
		return netip.Prefix{}, false
	}
	var address [4]byte
	binary.BigEndian.PutUint32(address[:], binary.LittleEndian.Uint32(destination))
	ones, _ := net.IPv4Mask(mask[3], mask[2], mask[1], mask[0]).Size()
	return netip.PrefixFrom(netip.AddrFrom4(address), ones), true
}

// connect joins the node, whose namespaces the process holder keeps, to this machine's network.
func (c *Cluster) connect(holder int) error {
	if _, err := net.InterfaceByName(c.outside()); err == nil {
		return nil // the pair goes with the namespace, so what is there belongs to this holder
	}
	used, err := usedNetworks()
	if err != nil {
		return err
	}
	if overlaps(c.Slot, used) {
		return fmt.Errorf("the addresses 10.%d.0.0/16 of cluster %s are now used by something else; "+
			"remove the cluster (devcluster down --name %s) and start it again",
			firstBlock+c.Slot, c.Name, c.Name)
	}
	pid := strconv.Itoa(holder)
	inside := []string{"nsenter", "--target", pid, "--net", "ip"}
	steps := [][]string{
		{"ip", "link", "add", c.outside(), "type", "veth", "peer", "name", "eth0", "netns", pid},
		{"ip", "address", "add", c.hostIP() + "/30", "dev", c.outside()},
		{"ip", "link", "set", c.outside(), "up"},
		append(inside[:5:5], "link", "set", "lo", "up"),
		append(inside[:5:5], "address", "add", c.nodeIP()+"/30", "dev", "eth0"),
		append(inside[:5:5], "link", "set", "eth0", "up"),
		append(inside[:5:5], "route", "add", "default", "via", c.hostIP()),
		{"ip", "route", "add", c.podRange(), "via", c.nodeIP()},
		{"ip", "route", "add", c.serviceRange(), "via", c.nodeIP()},
	}
	for _, step := range steps {
		if err := run(step...); err != nil {
			return err
		}
	}
	return nil
}

const forwarding = "/proc/sys/net/ipv4/ip_forward"

// openWayOut lets pods reach what this machine reaches. A cluster without it works, so that a
// machine that allows no such thing is told and not refused.
func (c *Cluster) openWayOut() error {
	rules := fmt.Sprintf(`add table ip %[1]s
delete table ip %[1]s
table ip %[1]s {
  chain postrouting {
    type nat hook postrouting priority 100;
    ip saddr 10.%[2]d.0.0/16 ip daddr != 10.%[2]d.0.0/16 oifname != "%[1]s" masquerade
  }
}
`, c.outside(), firstBlock+c.Slot)
	nft := exec.Command("nft", "-f", "-")
	nft.Stdin = strings.NewReader(rules)
	if output, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, strings.TrimSpace(string(output)))
	}
	state, err := os.ReadFile(forwarding)
	if err != nil || strings.TrimSpace(string(state)) == "1" {
		return err
	}
	if err := os.WriteFile(forwarding, []byte("1"), 0o644); err != nil {
		return err
	}
	c.ForwardingWasOff = true
	return c.save()
}

// disconnect removes what connect and openWayOut left on this machine.
func (c *Cluster) disconnect() error {
	var problems []error
	// The pair goes with the node's namespace, though a moment later; what is left then goes by hand.
	gone := func() error {
		if _, err := net.InterfaceByName(c.outside()); err == nil {
			return fmt.Errorf("interface %s is still there", c.outside())
		}
		return nil
	}
	if waitUntil(5*time.Second, gone) != nil {
		problems = append(problems, run("ip", "link", "delete", c.outside()))
	}
	if exec.Command("nft", "list", "table", "ip", c.outside()).Run() == nil {
		problems = append(problems, run("nft", "delete", "table", "ip", c.outside()))
	}
	if c.ForwardingWasOff && len(allClusters(c.root)) == 1 {
		problems = append(problems, os.WriteFile(forwarding, []byte("0"), 0o644))
	}
	return errors.Join(problems...)
}

// nameServers returns the name servers of this machine that the node can ask: not those on
// loopback, which is another one there.
func nameServers() []string {
	var servers []string
	// systemd-resolved keeps the real ones apart from the loopback address it writes elsewhere.
	for _, path := range []string{"/run/systemd/resolve/resolv.conf", "/etc/resolv.conf"} {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			fields := strings.Fields(line)
			if len(fields) < 2 || fields[0] != "nameserver" {
				continue
			}
			if address, err := netip.ParseAddr(fields[1]); err == nil && !address.IsLoopback() {
				servers = append(servers, address.String())
			}
		}
		if len(servers) > 0 {
			break
		}
	}
	return servers
}

// run runs a short command and makes its output the error when it fails.
func run(argv ...string) error {
	output, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
