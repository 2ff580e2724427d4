/** Probes: asking nodes whether they answer, from where the doctor runs. */
import { connect } from "node:net";
import { joinHostPort } from "../../forwarding/index.ts";
import { get } from "../../lib/http.ts";

export type ProbeTarget =
  /** A NodePort of a Service, on one address of one node. */
  | {
      readonly kind: "node-port";
      readonly node: string;
      readonly address: string;
      readonly port: number;
      readonly service: string;
    }
  /** The health check of a node's proxy, kube-proxy's --healthz-bind-address. */
  | { readonly kind: "proxy-health"; readonly node: string; readonly address: string; readonly port: number }
  /** An endpoint itself, past all proxies. */
  | {
      readonly kind: "endpoint";
      readonly node: string;
      readonly address: string;
      readonly port: number;
      readonly service: string;
    };

export type ProbeOutcome =
  | { readonly kind: "answered"; readonly status?: number }
  | { readonly kind: "refused" }
  | { readonly kind: "silent" }
  /** It cannot be reached from here at all, so nothing follows from it. */
  | { readonly kind: "unreachable"; readonly message: string };

export interface ProbeResult {
  readonly target: ProbeTarget;
  readonly outcome: ProbeOutcome;
}

export interface ProbeLimits {
  /** So many are asked at a time. */
  readonly parallel: number;
  /** Milliseconds after which who has said nothing is silent. */
  readonly timeoutMs: number;
  /** Milliseconds from the beginning after which nobody more is asked. */
  readonly askingMs: number;
}

/**
 * All of them together take two seconds at most, however many nodes are silent. Where nodes answer, which takes milliseconds, the
 * time is enough for thousands; a dropped SYN is repeated after 1 s.
 */
const usualLimits: ProbeLimits = { parallel: 256, timeoutMs: 1500, askingMs: 500 };

/** Asks them side by side, in their order, and leaves out those for which there was no time; never rejects. */
export async function runProbes(
  targets: readonly ProbeTarget[],
  { parallel, timeoutMs, askingMs }: ProbeLimits = usualLimits,
): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = [];
  const waiting = targets.values();
  const lastMs = performance.now() + askingMs;
  const ask = async () => {
    for (const target of waiting) {
      results.push({ target, outcome: await probe(target, timeoutMs) });
      if (performance.now() > lastMs) break;
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, targets.length) }, ask));
  return results;
}

function probe(target: ProbeTarget, timeoutMs: number): Promise<ProbeOutcome> {
  return target.kind === "proxy-health" ? probeHttp(target, timeoutMs) : probeTcp(target, timeoutMs);
}

function probeTcp({ address, port }: ProbeTarget, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    socket.setTimeout(timeoutMs);
    const end = (outcome: ProbeOutcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once("connect", () => end({ kind: "answered" }));
    socket.once("timeout", () => end({ kind: "silent" }));
    socket.once("error", (error) => end(outcomeOf(error)));
  });
}

function probeHttp({ address, port }: ProbeTarget, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const request = get(
      `http://${joinHostPort(address, port)}/healthz`,
      { timeout: timeoutMs, agent: false },
      (response) => {
        response.resume();
        resolve({ kind: "answered", status: response.statusCode ?? 0 });
      },
    );
    request.once("timeout", () => {
      request.destroy();
      resolve({ kind: "silent" });
    });
    request.once("error", (error) => resolve(outcomeOf(error)));
  });
}

function outcomeOf(error: NodeJS.ErrnoException): ProbeOutcome {
  if (error.code === "ECONNREFUSED" || error.code === "ECONNRESET") return { kind: "refused" };
  if (error.code === "ETIMEDOUT") return { kind: "silent" };
  return { kind: "unreachable", message: error.message };
}
