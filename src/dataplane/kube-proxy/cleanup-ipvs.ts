/** Removes what kube-proxy's ipvs mode leaves beside its iptables chains. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openIpvs, openRouteControl } from "../../kernel/index.ts";
import { OURS } from "../ipvs/scheduler-flags.ts";

const run = promisify(execFile);
/** It holds the Services' addresses. */
const link = "kube-ipvs0";

/**
 * Where there is kube-proxy's link, removes it and, as kube-proxy itself does (`--cleanup`), all virtual servers; Porthole's stay. Returns
 * lines for the user. Call it when the chains are gone: they hold the sets.
 */
export async function cleanupIpvsMode(): Promise<readonly string[]> {
  await using control = await openRouteControl();
  const found = await control.findLink(link);
  if (!found) return [];
  await using ipvs = await openIpvs();
  const servers = await ipvs.listServers();
  const others = servers.filter(({ schedulerFlags = 0 }) => (schedulerFlags & OURS) === 0);
  await ipvs.change(
    others.map(({ place }) => ({ kind: "delete-server", place })),
    (_, code) => code === "ESRCH",
  );
  await control.deleteLink(found.index);
  return [`Removed the link ${link} and ${others.length} virtual servers of IPVS`, ...(await removeSets())];
}

async function removeSets(): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    const { stdout } = await run("ipset", ["list", "-name"]);
    names = stdout.split("\n").filter((name) => name.startsWith("KUBE-"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return ["ipset is not installed: nothing to remove there"];
  }
  for (const name of names) await run("ipset", ["destroy", name]);
  return [`Removed ${names.length} sets of kube-proxy`];
}
