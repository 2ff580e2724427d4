import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseGoDuration } from "./go-duration.ts";
import { type ProxySettings, settingsOf } from "./proxy-settings.ts";
import { readConfiguration, readConfigurationText } from "./read-configuration.ts";

const header = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";

const settings = (document: object): ProxySettings => settingsOf(readConfiguration(document).configuration);

describe("parseGoDuration", () => {
  const rows: readonly [string, number | undefined][] = [
    ["0", 0],
    ["0s", 0],
    ["50ms", 50],
    ["1h30m", 5_400_000],
    ["1.5s", 1500],
    [".5s", 500],
    ["250us", 0.25],
    ["-1s", -1000],
    ["30", undefined],
    ["", undefined],
    ["1 s", undefined],
    ["1d", undefined],
  ];
  for (const [text, ms] of rows) test(`"${text}"`, () => assert.equal(parseGoDuration(text), ms));
});

describe("a KubeProxyConfiguration", () => {
  test("as kubeadm writes it gives the defaults, and says what has no effect", async () => {
    const text = `${header}bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection:
  acceptContentTypes: ""
  burst: 0
  contentType: ""
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
  qps: 0
clusterCIDR: 10.244.0.0/16,fd00:10::/56
configSyncPeriod: 0s
conntrack:
  maxPerCore: null
  min: null
  tcpBeLiberal: false
  tcpCloseWaitTimeout: null
  tcpEstablishedTimeout: null
  udpStreamTimeout: 0s
  udpTimeout: 0s
detectLocal:
  bridgeInterface: ""
  interfaceNamePrefix: ""
detectLocalMode: ""
enableProfiling: false
healthzBindAddress: ""
hostnameOverride: ""
iptables:
  localhostNodePorts: null
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
ipvs: {excludeCIDRs: null, minSyncPeriod: 0s, scheduler: "", strictARP: false, syncPeriod: 0s, tcpFinTimeout: 0s, tcpTimeout: 0s, udpTimeout: 0s}
logging:
  flushFrequency: 0
  options: {json: {infoBufferSize: "0"}, text: {infoBufferSize: "0"}}
  verbosity: 0
metricsBindAddress: ""
mode: ""
nftables: {masqueradeAll: false, masqueradeBit: null, minSyncPeriod: 0s, syncPeriod: 0s}
nodePortAddresses: null
oomScoreAdj: null
portRange: ""
showHiddenMetricsForVersion: ""
winkernel: {enableDSR: false, forwardHealthCheckVip: false, networkName: "", rootHnsEndpointName: "", sourceVip: ""}
`;
    const { configuration, ignored } = await readConfigurationText(text, "kubeadm's");
    assert.deepEqual([...ignored.keys()], ["logging.options"]);
    assert.deepEqual(settingsOf(configuration), {
      mode: "nftables",
      kubeconfig: "/var/lib/kube-proxy/kubeconfig.conf",
      bindAddress: "0.0.0.0",
      healthzBindAddress: "0.0.0.0:10256",
      metricsBindAddress: "127.0.0.1:10249",
      bindAddressHardFail: false,
      nodePortAddresses: [],
      podDetection: { kind: "cluster-cidr", cidrs: ["10.244.0.0/16", "fd00:10::/56"] },
      masqueradeAll: false,
      masqueradeBit: 14,
      minSyncPeriodMs: 0,
      syncPeriodMs: 1_000,
      conntrack: { tcpBeLiberal: false, udpStreamTimeout: 0, udpTimeout: 0 },
      verbosity: 0,
    });
  });

  const rows: readonly { name: string; document: object; expect: Partial<ProxySettings> }[] = [
    {
      name: "a name is in lower case",
      document: { hostnameOverride: " Node-A " },
      expect: { nodeName: "node-a" },
    },
    {
      name: "iptables mode has its own section, and kube-proxy's addresses for node ports",
      document: {
        mode: "iptables",
        iptables: { masqueradeBit: 5, masqueradeAll: true, minSyncPeriod: "2s" },
        nftables: { masqueradeBit: 6 },
      },
      expect: {
        mode: "iptables",
        masqueradeBit: 5,
        masqueradeAll: true,
        minSyncPeriodMs: 2_000,
        nodePortAddresses: ["all", "127.0.0.0/8"],
      },
    },
    {
      name: "localhost has no node ports in iptables mode where that is switched off",
      document: { mode: "iptables", iptables: { localhostNodePorts: false } },
      expect: { nodePortAddresses: ["all"] },
    },
    {
      name: "an IPv6 bind address moves the servers",
      document: { bindAddress: "::" },
      expect: { healthzBindAddress: "[::]:10256", metricsBindAddress: "[::1]:10249" },
    },
    {
      name: "an address without a port gets the usual one",
      document: { healthzBindAddress: "192.0.2.1", metricsBindAddress: "::1" },
      expect: { healthzBindAddress: "192.0.2.1:10256", metricsBindAddress: "[::1]:10249" },
    },
    {
      name: "kube-proxy's own smallest period is no wish to wait",
      document: { nftables: { minSyncPeriod: "1s" } },
      expect: { minSyncPeriodMs: 0 },
    },
    {
      name: "another one is",
      document: { nftables: { minSyncPeriod: "50ms", syncPeriod: "1m" } },
      expect: { minSyncPeriodMs: 50, syncPeriodMs: 60_000 },
    },
    {
      name: "pods by the Node's ranges",
      document: { detectLocalMode: "NodeCIDR", clusterCIDR: "10.0.0.0/8" },
      expect: { podDetection: { kind: "node-cidr" } },
    },
    {
      name: "pods by the cluster's ranges, of which there are none",
      document: { detectLocalMode: "ClusterCIDR" },
      expect: { podDetection: { kind: "node-cidr" } },
    },
    {
      name: "pods by their bridge",
      document: { detectLocalMode: "BridgeInterface", detectLocal: { bridgeInterface: "cni0" } },
      expect: { podDetection: { kind: "interface", match: "bridge", name: "cni0" } },
    },
    {
      name: "pods by their interfaces' names",
      document: { detectLocalMode: "InterfaceNamePrefix", detectLocal: { interfaceNamePrefix: "veth" } },
      expect: { podDetection: { kind: "interface", match: "prefix", name: "veth" } },
    },
    {
      name: "the rest",
      document: {
        mode: "userspace",
        nodePortAddresses: ["primary", "localhost"],
        nftables: { masqueradeAll: true, masqueradeBit: 3 },
        oomScoreAdj: -998,
        logging: { verbosity: 4 },
      },
      expect: {
        mode: "userspace",
        nodePortAddresses: ["primary", "localhost"],
        masqueradeAll: true,
        masqueradeBit: 3,
        oomScoreAdj: -998,
        verbosity: 4,
      },
    },
  ];
  for (const { name, document, expect } of rows) {
    test(name, () => {
      const found = settings(document);
      for (const [key, value] of Object.entries(expect)) {
        assert.deepEqual(found[key as keyof ProxySettings], value, key);
      }
    });
  }

  const mistakes: readonly { name: string; document: object; problem: RegExp }[] = [
    {
      name: "an unknown field",
      document: { nftabels: {} },
      problem: /nftabels is unknown; there are .*nftables/,
    },
    {
      name: "an unknown field further in",
      document: { conntrack: { max: 5 } },
      problem: /conntrack\.max is unknown; there are maxPerCore, min,/,
    },
    { name: "another version", document: { apiVersion: "v1" }, problem: /apiVersion must be "kubeproxy/ },
    {
      name: "a mode that there is none of",
      document: { mode: "kernelspace" },
      problem: /mode must be one of nftables, iptables, ipvs, userspace, not "kernelspace"/,
    },
    {
      name: "a number that is a text",
      document: { conntrack: { min: "5" } },
      problem: /conntrack\.min must be an integer from 0/,
    },
    {
      name: "a bit outside the mark",
      document: { nftables: { masqueradeBit: 32 } },
      problem: /from 0 to 31, not 32/,
    },
    {
      name: "a duration that is a number",
      document: { nftables: { syncPeriod: 30 } },
      problem: /duration such as "30s"/,
    },
    {
      name: "a negative duration",
      document: { conntrack: { udpTimeout: "-1s" } },
      problem: /must not be negative/,
    },
    {
      name: "an address for a range",
      document: { clusterCIDR: "10.0.0.1" },
      problem: /clusterCIDR must be one CIDR/,
    },
    {
      name: "two ranges of one family",
      document: { clusterCIDR: "10.0.0.0/8,11.0.0.0/8" },
      problem: /one of each family/,
    },
    {
      name: "a wrong node-port address",
      document: { nodePortAddresses: ["lan"] },
      problem: /nodePortAddresses must be a CIDR/,
    },
    {
      name: "a wrong field that has no effect",
      document: { ipvs: { excludeCIDRs: ["x"] } },
      problem: /ipvs\.excludeCIDRs must hold CIDRs/,
    },
    {
      name: "a bridge without a name",
      document: { detectLocalMode: "BridgeInterface" },
      problem: /detectLocal\.bridgeInterface must be set/,
    },
    {
      name: "a bridge with a name that none can have",
      document: { detectLocal: { bridgeInterface: "a-name-of-sixteen" } },
      problem: /at most 15 characters/,
    },
    {
      name: "periods the wrong way round",
      document: { nftables: { syncPeriod: "1s", minSyncPeriod: "2s" } },
      problem: /syncPeriod must not be shorter/,
    },
  ];
  for (const { name, document, problem } of mistakes) {
    test(`${name} is refused by name`, () => {
      assert.throws(() => settings(document), { name: "ConfigurationError", message: problem });
    });
  }

  test("all mistakes are told at once, with the file's name", async () => {
    const reading = readConfigurationText(
      `${header}mode: kernelspace\nclusterCIDR: x\n`,
      'file "proxy.yaml"',
    );
    await assert.rejects(reading, /file "proxy.yaml": mode must .*; clusterCIDR must /s);
  });

  test("what has no effect is told with the reason, where it says something", () => {
    const { ignored } = readConfiguration({
      ipvs: { scheduler: "rr", strictARP: true },
      featureGates: { Some: true },
      iptables: { localhostNodePorts: true, snatNodeInternalIP: true },
    });
    assert.deepEqual([...ignored.keys()], ["ipvs.strictARP", "featureGates", "iptables.snatNodeInternalIP"]);
    assert.match(ignored.get("ipvs.strictARP") ?? "", /no interface's/);
  });

  test("ipvs mode takes its scheduler, and what kube-proxy takes for it from iptables", () => {
    const { ipvsScheduler, masqueradeBit, nodePortAddresses, syncPeriodMs } = settings({
      mode: "ipvs",
      ipvs: { scheduler: "lc", syncPeriod: "5s" },
      iptables: { masqueradeBit: 3 },
    });
    assert.deepEqual([ipvsScheduler, masqueradeBit, syncPeriodMs], ["lc", 3, 5000]);
    assert.deepEqual(nodePortAddresses, ["all"]);
  });

  for (const text of ["", "mode: nftables", "- a", "a: [", "text"]) {
    test(`${JSON.stringify(text)} is no configuration`, async () => {
      await assert.rejects(readConfigurationText(text, "x"), { name: "ConfigurationError" });
    });
  }
});
