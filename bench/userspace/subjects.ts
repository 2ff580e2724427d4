/** The proxies that are compared, each as running processes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram, type Running, startProgram, waitForListener, workerOf } from "../frame/processes.ts";
import { bulkPort, directBackend, httpPort, placeOf } from "./addresses.ts";
import { haproxyTcp, nginxHttp, nginxStream } from "./configurations.ts";

export interface Subject {
  readonly name: string;
  /** Where clients connect to. */
  readonly address: string;
  /** The process that does the work; undefined for the direct way. */
  readonly pid: number | undefined;
  /** It is there for its bulk throughput only. */
  readonly bulkOnly: boolean;
}

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const program = (name: string) => findProgram(name) ?? name;

/** Starts the backends and all subjects; what was started is put on the stack, to be ended with it. */
export async function startSubjects(
  stack: AsyncDisposableStack,
  directory: string,
): Promise<readonly Subject[]> {
  const places = [2, 3, 4, 5].map(placeOf);
  const [porthole, nginx, tuned, haproxy] = places;
  if (!porthole || !nginx || !tuned || !haproxy) throw new Error("unreachable");
  const start = (command: string, ...args: string[]): Running => stack.use(startProgram(command, args));
  const configure = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const backends = [directBackend, ...places.map(({ backend }) => backend)];
  start(program("nginx"), "-c", configure("http.conf", nginxHttp(directory, backends)));
  start(process.execPath, file("bulk-server.ts"), String(bulkPort), ...backends);
  for (const address of backends) await ready(address);

  const ports = [String(httpPort), String(bulkPort)];
  // As bin/porthole starts it.
  const flags = ["--max-semi-space-size=2"];
  const node = start(
    process.execPath,
    ...flags,
    file("porthole-node.ts"),
    porthole.node,
    porthole.backend,
    ...ports,
  );
  const stream = configure("nginx.conf", nginxStream(directory, "nginx", nginx));
  const peer = start(program("nginx"), "-c", stream);
  const streamTuned = configure("tuned.conf", nginxStream(directory, "tuned", tuned, "512k"));
  const peerTuned = start(program("nginx"), "-c", streamTuned);
  const balancer = start(program("haproxy"), "-q", "-f", configure("haproxy.cfg", haproxyTcp(haproxy)));
  for (const place of places) await ready(place.node);
  return [
    { name: "direct", address: directBackend, pid: undefined, bulkOnly: false },
    { name: "Porthole userspace", address: porthole.node, pid: node.pid, bulkOnly: false },
    { name: "nginx stream", address: nginx.node, pid: workerOf(peer.pid), bulkOnly: false },
    { name: "nginx stream, 512k buffers", address: tuned.node, pid: workerOf(peerTuned.pid), bulkOnly: true },
    { name: "HAProxy tcp", address: haproxy.node, pid: balancer.pid, bulkOnly: false },
  ];
}

async function ready(address: string): Promise<void> {
  await waitForListener(address, httpPort);
  await waitForListener(address, bulkPort);
}
