import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Diagnosis } from "../src/inspect/index.ts";
import { readSysctl } from "../src/kernel/index.ts";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type Doctor, openDoctor } from "./support/doctor.ts";
import { manifestOf, selectsWeb } from "./support/doctor-cases.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import {
  endProcess,
  type HostProcesses,
  openHostProcesses,
  untilSucceeds,
} from "./support/host-processes.ts";
import { type LocalCluster, porthole, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

const isAbout =
  (node: string, ...ids: readonly string[]) =>
  ({ id, object }: Diagnosis): boolean =>
    object === `Node ${node}` && (ids.length === 0 || ids.includes(id));

describe("the doctor of a cluster in which one node is not like the others", {
  timeout: 110_000,
  ...needsRoot,
}, () => {
  let host: HostNamespace;
  let cluster: LocalCluster;
  let doctor: Doctor;
  let program: ChildProcess | undefined;

  before(async () => {
    host = await makeHostNamespace();
    cluster = await startLocalCluster([], (start) => host.enter(start));
    doctor = openDoctor(host, cluster.kubeconfig);
  });
  after(async () => {
    program?.kill("SIGKILL");
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
  });

  test("names node-port-lacking first where a firewall drops what comes for the NodePort on one node", async () => {
    await doctor.apply(
      manifestOf({ id: "node-port-lacking", service: nodePortService(30_055), pods: { replicas: 3 } }),
    );
    await doctor.untilSilent("node-port-lacking/web");
    const rule = "ip daddr 127.0.1.2 tcp dport 30055 drop";
    await host.run("nft", "add table ip wall; add chain ip wall in { type filter hook input priority 0; }");
    await host.run("nft", `add rule ip wall in ${rule}`);
    await doctor.untilFirst("node-port-lacking", "node-port-lacking/web");
  });

  test("names not-programmed first where another program has the port on one node", async () => {
    const listen = "net.createServer().listen(30056, '127.0.1.3', () => console.log('listening'))";
    const holder = host.enter(() =>
      spawn(process.execPath, ["-e", listen], { stdio: ["ignore", "pipe", "ignore"] }),
    );
    program = holder;
    await once(holder.stdout, "data");
    await doctor.apply(manifestOf({ id: "not-programmed", service: nodePortService(30_056) }));
    await doctor.untilFirst("not-programmed", "not-programmed/web");
  });
});

function nodePortService(port: number): string {
  return `${selectsWeb}\n  ports: [{port: 80, targetPort: 8080, nodePort: ${port}}]`;
}

/** What a node's iptables says of itself: a version that loses rules. The program itself is the system's. */
const oldIptables = `#!/bin/sh
if [ "$1" = --version ]; then echo "iptables v1.8.2 (nf_tables)"; exit; fi
exec /usr/sbin/iptables-nft "$@"
`;
/** Part of the limit that is filled; 0.9 is worth a word. */
const fullness = 0.92;

describe("the doctor of a cluster whose proxies fail, end, or stand on systems of their own", {
  timeout: 170_000,
  ...needsRoot,
}, () => {
  let host: HostNamespace;
  let doctor: Doctor;
  let dir: string;
  let processes: HostProcesses;
  let second: ChildProcess | undefined;
  const tools = () => join(dir, "tools");

  const kubeconfigOf = (component: string) => [
    "--kubeconfig",
    join(dir, "kubeconfigs", `${component}.kubeconfig`),
  ];
  const agentOf = (number: number, ...more: readonly string[]): readonly string[] => {
    const name = `node-${number}`;
    const place = ["--address", `127.0.1.${number}`, "--pod-cidr", `127.0.2.${64 * (number - 1)}/26`];
    return [
      "node",
      "--name",
      name,
      ...place,
      "--data-dir",
      join(dir, name),
      ...kubeconfigOf(`node-${name}`),
      ...more,
    ];
  };
  const untilReady = (number: number) =>
    untilSucceeds(() =>
      doctor.kubectl("wait", "--for=condition=Ready", `node/node-${number}`, "--timeout=20s"),
    );
  const proxyOf = (number: number, mode: string): readonly string[] => [
    ...["proxy", "--mode", mode, "--node-name", `node-${number}`, "--kubeconfig", join(dir, "kubeconfig")],
    ...["--healthz-bind-address", `127.0.1.${number}:10256`, "--metrics-bind-address", ""],
    ...[
      "--nodeport-addresses",
      mode === "userspace" ? `127.0.1.${number}/32` : "all",
      "--log-level",
      "error",
    ],
  ];
  const untilHealthy = (number: number, is = true) =>
    untilSucceeds(async () => {
      const answer = host.run("curl", "-sf", "-m", "2", `http://127.0.1.${number}:10256/healthz`);
      const isWell = await answer.then(
        () => true,
        () => false,
      );
      if (isWell !== is) throw new Error(`node-${number} is ${isWell ? "" : "not "}healthy`);
    }, 1_000);

  before(async () => {
    host = await makeHostNamespace();
    processes = openHostProcesses(host);
    dir = await mkdtemp(join(tmpdir(), "porthole-doctor-proxies-"));
    const kubeconfig = join(dir, "kubeconfig");
    doctor = openDoctor(host, kubeconfig);
    const files = ["--data-dir", join(dir, "apiserver"), "--kubeconfig-out", kubeconfig];
    const names = "node-1,node-2,node-3,node-4";
    const components = ["--component-kubeconfigs", join(dir, "kubeconfigs"), "--node-names", names];
    processes.start("apiserver", ...files, ...components, "--service-cluster-ip-range", "127.96.0.0/16");
    await untilSucceeds(() => doctor.kubectl("get", "--raw", "/readyz"));
    processes.start("controllers", ...kubeconfigOf("controllers"));
    processes.start(...agentOf(1, "--proxy", "userspace"));
    processes.start(...agentOf(2));
    processes.start(...agentOf(3));
    // Programs under it are told by uname(2) that the kernel is a 2.6.
    processes.run("setarch", ["--uname-2.6", porthole, ...agentOf(4, "--proxy", "userspace")]);
    for (const number of [1, 2, 3, 4]) await untilReady(number);
    second = processes.run(porthole, proxyOf(2, "userspace"));
    await untilHealthy(2);
    await untilSucceeds(() => doctor.kubectl("-n", "kube-system", "get", "lease", "porthole-proxy-node-2"));
    second.kill("SIGSTOP");
    await prepareThird();
    const path = `${tools()}:/usr/bin:/bin`;
    processes.run(porthole, proxyOf(3, "iptables"), { ...process.env, PATH: path });
    await untilHealthy(3);
  });
  after(async () => {
    if (second) await endProcess(second, "SIGKILL");
    await processes?.end();
    await host?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** A firewall that drops what it does not know, nearly as many connections as there may be, and an iptables of its own. */
  async function prepareThird(): Promise<void> {
    await host.run("iptables", "-P", "FORWARD", "DROP");
    const most = Number(readSysctl("net/netfilter/nf_conntrack_max"));
    const file = join(dir, "flows");
    const flows = Array.from({ length: Math.ceil(most * fullness) }, (_, index) => {
      const source = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
      return `-A -t 3600 -s ${source} -d 10.255.0.1 -p udp --sport 1000 --dport 53 -u SEEN_REPLY\n`;
    });
    await writeFile(file, flows.join(""));
    await host.run("conntrack", "-R", file);
    await mkdir(tools());
    for (const name of await readdir("/usr/sbin"))
      if (/^ip6?tables/.test(name)) await symlink(`/usr/sbin/${name}`, join(tools(), name));
    for (const name of ["iptables", "iptables-nft"]) {
      await rm(join(tools(), name), { force: true });
      await writeFile(join(tools(), name), oldIptables);
      await chmod(join(tools(), name), 0o755);
    }
  }

  test("names kernel-too-old of a node whose system says that it is", async () => {
    await doctor.untilFirst(
      "kernel-too-old",
      undefined,
      isAbout("node-4", "kernel-too-old", "proxy-not-running"),
    );
  });

  for (const id of ["modes-differ", "nftables-would-differ", "iptables-too-old", "conntrack-nearly-full"]) {
    test(`names ${id}`, async () => {
      await doctor.untilFirst(id, undefined, isAbout("node-3", id));
    });
  }

  test("names proxy-fails first of a node whose iptables has been removed", async () => {
    await rm(join(tools(), "iptables-nft-restore"));
    await doctor.apply(manifestOf({ id: "proxy-fails" }));
    await doctor.untilFirst("proxy-fails", undefined, isAbout("node-3"));
  });

  test("names proxy-silent of a node whose proxy hangs, when it has not reported for 40 seconds", async () => {
    await untilSucceeds(async () => {
      await doctor.untilFirst("proxy-silent", undefined, isAbout("node-2"));
    }, 3);
  });

  test("names proxy-unhealthy of a node whose proxy has not taken up a change for a minute", async () => {
    await untilHealthy(3, false);
    await doctor.untilFirst("proxy-unhealthy", undefined, isAbout("node-3", "proxy-unhealthy"));
  });
});
