/** What is measured of a subject in one round. */
import { cpuSeconds } from "../frame/processes.ts";
import { httpPort } from "./addresses.ts";
import { moveBytes } from "./streams.ts";
import type { Subject } from "./subjects.ts";
import { runWrk } from "./wrk.ts";

export type Measures = Readonly<Record<string, number>>;

const gigabyte = 1e9;

/** New connections, and requests on kept ones; processor time of the proxy for each. */
export async function measureRequests({ address, pid }: Subject): Promise<Measures> {
  const url = `http://${address}:${httpPort}/`;
  const [connections, connectionsCpu] = await withCpu(pid, () => runWrk(url, 64, true));
  const [requests, requestsCpu] = await withCpu(pid, () => runWrk(url, 64, false));
  const alone = await runWrk(url, 1, false);
  return {
    connections: connections.perSecond,
    connectionsCpuUs: (connectionsCpu / connections.perSecond) * 1e6,
    requests: requests.perSecond,
    requestsCpuUs: (requestsCpu / requests.perSecond) * 1e6,
    p50Us: alone.p50Us,
    p99Us: alone.p99Us,
  };
}

/** Bulk throughput in GB/s both ways; processor time of the proxy per GB. */
export async function measureBulk({ address, pid }: Subject): Promise<Measures> {
  const seconds = 1;
  const [down1, downCpu] = await withCpu(pid, () => moveBytes(address, "down", 1, seconds));
  const [up1, upCpu] = await withCpu(pid, () => moveBytes(address, "up", 1, seconds));
  const down8 = await moveBytes(address, "down", 8, seconds);
  const up8 = await moveBytes(address, "up", 8, seconds);
  // The processor time includes the 200 ms that a stream runs before it is counted.
  const perGigabyte = (cpu: number, rate: number) => cpu / ((rate * (seconds + 0.2)) / gigabyte);
  return {
    down1: down1 / gigabyte,
    up1: up1 / gigabyte,
    down8: down8 / gigabyte,
    up8: up8 / gigabyte,
    downCpu: perGigabyte(downCpu, down1),
    upCpu: perGigabyte(upCpu, up1),
  };
}

/** Runs `work` and returns its result and the processor seconds that the process used meanwhile. */
async function withCpu<T>(pid: number | undefined, work: () => Promise<T>): Promise<readonly [T, number]> {
  const before = pid === undefined ? Number.NaN : cpuSeconds(pid);
  const result = await work();
  return [result, pid === undefined ? Number.NaN : cpuSeconds(pid) - before];
}
