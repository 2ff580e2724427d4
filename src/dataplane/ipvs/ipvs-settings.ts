/** The kernel settings of IPVS that this dataplane depends on. They are each network namespace's own. */
import { readSysctl, type SysctlPlace, writeSysctl } from "../../kernel/index.ts";

/** Documentation/networking/ipvs-sysctl.rst; kube-proxy sets the same. */
const settings = {
  /** Connection tracking follows what IPVS translates, so that the source can be masqueraded. */
  conntrack: 1,
  /** A connection whose real server was removed ends, so that the client's next one goes elsewhere. */
  expire_nodest_conn: 1,
  /** The same for a client that stuck to a real server with weight 0. */
  expire_quiescent_template: 1,
};

/** Writes what differs. */
export function setIpvsSettings(namespace?: SysctlPlace): void {
  for (const [name, value] of Object.entries(settings)) write(name, value, namespace);
}

/** As the kernel begins. */
export function resetIpvsSettings(namespace?: SysctlPlace): void {
  for (const name of Object.keys(settings)) {
    if (readSysctl(keyOf(name), namespace) !== undefined) write(name, 0, namespace);
  }
}

function write(name: string, value: number, namespace: SysctlPlace | undefined): void {
  if (readSysctl(keyOf(name), namespace) !== String(value)) writeSysctl(keyOf(name), value, namespace);
}

function keyOf(name: string): string {
  return `net/ipv4/vs/${name}`;
}
