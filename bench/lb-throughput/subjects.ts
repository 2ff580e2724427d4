/** The balancers that are compared, each as running processes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { porthole } from "../../test/support/local-cluster.ts";
import { findProgram, startProgram, workerOf } from "../frame/processes.ts";
import { bulkPort, httpPort } from "../userspace/addresses.ts";
import { nginxHttp } from "../userspace/configurations.ts";
import { haproxyTcpConfig, nginxStreamConfig, portholeConfig } from "./configurations.ts";
import { type BalancerLab, type LabPlace, labPlace, untilListens } from "./lab.ts";

export interface Subject {
  readonly name: string;
  /** Where clients connect to. */
  readonly address: string;
  /** The process that does the work; undefined where the kernel does it. */
  readonly pid: number | undefined;
}

const direct = labPlace(1);
const places = { userspace: labPlace(2), kernel: labPlace(3), haproxy: labPlace(4), nginx: labPlace(5) };
export const allPlaces: readonly LabPlace[] = [direct, ...Object.values(places)];

const program = (name: string) => findProgram(name) ?? name;
const bulkServer = fileURLToPath(new URL("../userspace/bulk-server.ts", import.meta.url));

/** Starts what answers and all balancers; what was started is put on the stack, to be ended with it. */
export async function startSubjects(
  stack: AsyncDisposableStack,
  lab: BalancerLab,
  directory: string,
): Promise<readonly Subject[]> {
  const configure = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const start = (place: "node" | "balancer", command: string, ...args: readonly string[]) =>
    stack.use(lab[place].run(() => startProgram(command, args)));
  const nodes = allPlaces.flatMap((place) => place.nodes);
  start("node", program("nginx"), "-c", configure("http.conf", nginxHttp(directory, nodes)));
  start("node", process.execPath, bulkServer, String(bulkPort), ...nodes);
  for (const node of nodes) await ready(lab, node);

  const startPorthole = (name: string, place: LabPlace, ...flags: readonly string[]) => {
    const config = configure(`${name}.yaml`, portholeConfig(place));
    const quiet = ["--status-address", "", "--log-level", "warn"];
    return start("balancer", porthole, "lb", "--config", config, ...quiet, ...flags);
  };
  const userspace = startPorthole("userspace", places.userspace);
  startPorthole("kernel", places.kernel, "--mode", "nftables");
  const haproxyConfig = configure("haproxy.cfg", haproxyTcpConfig(places.haproxy));
  const haproxy = start("balancer", program("haproxy"), "-q", "-f", haproxyConfig);
  const nginxConfig = configure("nginx.conf", nginxStreamConfig(places.nginx, directory));
  const nginx = start("balancer", program("nginx"), "-c", nginxConfig);
  for (const { address } of Object.values(places)) await ready(lab, address);
  return [
    { name: "no balancer", address: direct.nodes[0] ?? "", pid: undefined },
    { name: "Porthole, nftables", address: places.kernel.address, pid: undefined },
    { name: "Porthole, userspace", address: places.userspace.address, pid: userspace.pid },
    { name: "HAProxy tcp", address: places.haproxy.address, pid: haproxy.pid },
    { name: "nginx stream", address: places.nginx.address, pid: workerOf(nginx.pid) },
  ];
}

async function ready({ client }: BalancerLab, address: string): Promise<void> {
  await untilListens(client, address, httpPort);
  await untilListens(client, address, bulkPort);
}
