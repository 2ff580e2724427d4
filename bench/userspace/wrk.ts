/** Runs wrk, the HTTP load generator, for a second. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface WrkResult {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Requests over `connections` connections; a new one for each request if `closing`. Rejects if any failed. */
export async function runWrk(url: string, connections: number, closing: boolean): Promise<WrkResult> {
  const args = [
    "-t1",
    `-c${connections}`,
    "-d1s",
    "--latency",
    ...(closing ? ["-H", "Connection: close"] : []),
    url,
  ];
  const { stdout } = await promisify(execFile)("wrk", args);
  const trouble = /(Socket errors|Non-2xx).*/.exec(stdout);
  if (trouble && !/connect 0, read 0, write 0, timeout 0/.test(trouble[0])) {
    console.error(`   wrk ${url}: ${trouble[0]}`);
  }
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p50Us: microseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    p99Us: microseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
  };
}

function microseconds(match: RegExpExecArray | null): number {
  const factor = { us: 1, ms: 1000, s: 1_000_000 }[match?.[2] ?? ""] ?? Number.NaN;
  return Number(match?.[1]) * factor;
}
