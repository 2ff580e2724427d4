/** Removes what kube-proxy left in the kernel, whichever of its modes it was in. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { commitTransaction, NETLINK_NETFILTER, openNetlinkSocket } from "../../kernel/index.ts";
import { Transaction } from "../../netlink/nftables/index.ts";
import { cleanupIpvsMode } from "./cleanup-ipvs.ts";
import { iptablesCleanup } from "./iptables-cleanup.ts";

const table = "kube-proxy";
/** A node with 10,000 Services has some 30 MB of rules. */
const maxRulesBytes = 512 * 1024 * 1024;

/**
 * Removes the tables `ip kube-proxy` and `ip6 kube-proxy`, where iptables is installed the KUBE- chains that are kube-proxy's, and what
 * its ipvs mode made. Returns a line on each for the user. Throws what netlink or iptables says.
 */
export async function cleanupKubeProxy(): Promise<readonly string[]> {
  await using socket = await openNetlinkSocket(NETLINK_NETFILTER);
  for (const family of ["ip", "ip6"] as const) {
    // Deleting what is not there is an error before kernel 6.3; adding what is there is none.
    const transaction = new Transaction()
      .add({ kind: "add-table", family, table })
      .add({ kind: "delete-table", family, table });
    await commitTransaction(socket, transaction);
  }
  const lines = ["Removed the nftables tables of kube-proxy"];
  for (const program of ["iptables", "ip6tables"]) lines.push(await cleanupIptables(program));
  return [...lines, ...(await cleanupIpvsMode())];
}

async function cleanupIptables(program: string): Promise<string> {
  let saved: string;
  try {
    saved = (await promisify(execFile)(`${program}-save`, { maxBuffer: maxRulesBytes })).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return `${program} is not installed: nothing to remove there`;
  }
  const input = iptablesCleanup(saved);
  if (input === undefined) return `${program} holds no chains of kube-proxy`;
  const restoring = promisify(execFile)(`${program}-restore`, ["--noflush", "--wait"]);
  restoring.child.stdin?.end(input);
  await restoring;
  return `Removed the chains of kube-proxy from ${program}`;
}
