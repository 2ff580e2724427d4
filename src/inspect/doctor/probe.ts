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

/** All that is ever planned is asked at once, so that the report waits once for those who are silent, however many they are. */
const parallel = 1024;
/** A node in the same network answers within a fraction; a dropped SYN is repeated after 1 s. */
const timeoutMs = 1300;

/** Asks all of them; never rejects. */
export async function runProbes(targets: readonly ProbeTarget[]): Promise<readonly ProbeResult[]> {
  const results: ProbeResult[] = [];
  const waiting = targets.values();
  const ask = async () => {
    for (const target of waiting) results.push({ target, outcome: await probe(target) });
  };
  await Promise.all(Array.from({ length: Math.min(parallel, targets.length) }, ask));
  return results;
}

function probe(target: ProbeTarget): Promise<ProbeOutcome> {
  return target.kind === "proxy-health" ? probeHttp(target) : probeTcp(target);
}

function probeTcp({ address, port }: ProbeTarget): Promise<ProbeOutcome> {
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

function probeHttp({ address, port }: ProbeTarget): Promise<ProbeOutcome> {
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
