/** TrafficRates: from what nodes have counted to what goes through each NodePort of the cluster in a second. Pure. */
import type { Traffic } from "./read-traffic.ts";

export interface NodePortRates {
  /** `default/web:http` */
  readonly service: string;
  /** `30080/TCP` */
  readonly nodePort: string;
  /** New ones in a second. */
  readonly connections: number;
  readonly active: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Nodes that counted any. */
  readonly nodes: number;
}

/** What a node has said, by frontend. */
interface Reading {
  readonly atMs: number;
  readonly traffic: ReadonlyMap<string, Traffic>;
}

type Sums = { -readonly [K in keyof NodePortRates]: NodePortRates[K] };

export class TrafficRates {
  #before: ReadonlyMap<string, Reading> = new Map();

  /**
   * Takes in what each node says now, by name, and returns what went through since the last time, the busiest first; all families of a port
   * together. A node that was not heard of before counts from the next time on.
   */
  next(said: ReadonlyMap<string, readonly Traffic[]>, atMs: number): readonly NodePortRates[] {
    const sums = new Map<string, Sums>();
    const now = new Map<string, Reading>();
    for (const [node, traffic] of said) {
      now.set(node, { atMs, traffic: new Map(traffic.map((one) => [one.frontend, one])) });
      const before = this.#before.get(node);
      for (const one of traffic) {
        const sum = sumFor(sums, one);
        sum.active += one.active;
        sum.nodes += 1;
        if (before && atMs > before.atMs) add(sum, before.traffic.get(one.frontend), one, atMs - before.atMs);
      }
    }
    this.#before = now;
    return [...sums.values()].sort((a, b) => b.connections - a.connections || b.active - a.active);
  }
}

function sumFor(sums: Map<string, Sums>, { service, frontend }: Traffic): Sums {
  const [, , protocol = "", place = ""] = frontend.split("/");
  const nodePort = `${place.replace(/^.*:/, "")}/${protocol}`;
  const key = `${service} ${nodePort}`;
  const known = sums.get(key);
  if (known) return known;
  const sum = { service, nodePort, connections: 0, active: 0, bytesReceived: 0, bytesSent: 0, nodes: 0 };
  sums.set(key, sum);
  return sum;
}

/** A counter that fell began anew: its process did. */
function add(sum: Sums, before: Traffic | undefined, now: Traffic, elapsedMs: number): void {
  for (const field of ["connections", "bytesReceived", "bytesSent"] as const) {
    const grown = now[field] - (before?.[field] ?? 0);
    sum[field] += ((grown < 0 ? now[field] : grown) / elapsedMs) * 1000;
  }
}
