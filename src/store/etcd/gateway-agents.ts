/** The connections to etcd: a bounded number for requests, and one for each stream. */
import { readFile } from "node:fs/promises";
import type { Agent as AnyAgent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { Agent } from "../../lib/http.ts";

export interface EtcdTls {
  /** PEM files. The authority that signed etcd's certificates; those that Node knows if absent. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface GatewayAgents {
  forCalls(url: URL): AnyAgent;
  forStreams(url: URL): AnyAgent;
  close(): void;
}

const connectionsForCalls = 32;

/** Rejects when a file cannot be read. */
export async function createGatewayAgents({ caFile, certFile, keyFile }: EtcdTls): Promise<GatewayAgents> {
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(readPem));
  const tls = {
    minVersion: "TLSv1.2",
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
  } as const;
  const calls = { keepAlive: true, maxSockets: connectionsForCalls };
  const agents = {
    calls: { "http:": new Agent(calls), "https:": new TlsAgent({ ...calls, ...tls }) },
    streams: { "http:": new Agent(), "https:": new TlsAgent(tls) },
  };
  return {
    forCalls: ({ protocol }) => agents.calls[protocol === "https:" ? "https:" : "http:"],
    forStreams: ({ protocol }) => agents.streams[protocol === "https:" ? "https:" : "http:"],
    close() {
      for (const pair of [agents.calls, agents.streams])
        for (const agent of Object.values(pair)) agent.destroy();
    },
  };
}

async function readPem(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, "utf8");
}
