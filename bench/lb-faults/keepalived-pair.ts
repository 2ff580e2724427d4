/** HAProxy and keepalived, configured by hand for what Porthole does by default: checks every 300 ms, advertisements every 200 ms. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../frame/processes.ts";
import { ip } from "../lab/namespaces.ts";
import type { BalancerPrograms } from "./balancer-pair.ts";
import { endWithUs } from "./end-with-us.ts";
import { hasAddress, type Machine } from "./fault-lab.ts";

export interface CheckedNode {
  readonly name: string;
  readonly address: string;
  readonly nodePort: number;
  readonly healthPort: number;
}

function haproxyConfig(nodes: readonly CheckedNode[]): string {
  return `global
  nbthread 1
  maxconn 9900
defaults
  mode tcp
  timeout connect 400ms
  timeout check 250ms
  timeout client 60s
  timeout server 60s
  retries 3
  option redispatch 1
listen web
  bind *:80 backlog 4096
  balance roundrobin
  option httpchk GET /healthz
  default-server inter 300ms fall 2 rise 2
${nodes.map(({ name, address, nodePort, healthPort }) => `  server ${name} ${address}:${nodePort} check port ${healthPort}`).join("\n")}
`;
}

function keepalivedConfig(address: string, priority: number, haproxyPid: number): string {
  return `global_defs {
  vrrp_version 3
  script_user root
}
vrrp_script haproxy {
  script "/bin/kill -0 ${haproxyPid}"
  interval 1
  fall 1
  rise 1
}
vrrp_instance web {
  state BACKUP
  interface front
  virtual_router_id 51
  priority ${priority}
  advert_int 0.2
  virtual_ipaddress { ${address}/24 }
  track_script { haproxy }
}
`;
}

export async function startKeepalived(
  machine: Machine,
  address: string,
  priority: number,
  nodes: readonly CheckedNode[],
  directory: string,
): Promise<BalancerPrograms> {
  // Of a file with the number of a process that was killed it believes that it runs, if another process has the number by now.
  const own = mkdtempSync(join(directory, "keepalived-"));
  const file = (name: string) => join(own, name);
  const start = (program: string, ...args: readonly string[]) => {
    const child = machine.namespace.run(() =>
      spawn(findProgram(program) ?? program, args, { stdio: "ignore", detached: true }),
    );
    if (child.pid !== undefined) child.once("exit", endWithUs(-child.pid, "SIGKILL"));
    return child;
  };
  // Killed, it leaves the address on the link; a machine that comes back has none.
  if (hasAddress(machine, address)) ip(machine.namespace, `addr del ${address}/24 dev front`);
  writeFileSync(file("haproxy.cfg"), haproxyConfig(nodes));
  const haproxy = start("haproxy", "-q", "-db", "-f", file("haproxy.cfg"));
  writeFileSync(file("keepalived.conf"), keepalivedConfig(address, priority, haproxy.pid ?? 0));
  const pids = ["-p", file("keepalived.pid"), "-r", file("vrrp.pid")];
  const keepalived = start("keepalived", "-n", "-P", ...pids, "-f", file("keepalived.conf"));
  return {
    async stop() {
      await ended(keepalived, () => keepalived.kill("SIGTERM"));
      // It serves its open connections to their end; those that are kept go when the machine does.
      haproxy.kill("SIGUSR1");
    },
    async kill() {
      await Promise.all([haproxy, keepalived].map((child) => ended(child, () => killGroup(child))));
    },
  };
}

async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  end();
  await exited;
}

/** keepalived would start its other process again. */
function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, "SIGKILL");
}
