/** What the API server is started with, and how it is checked. */
import { isIP } from "node:net";
import type { Logger } from "../lib/log.ts";
import type { HistoryPolicy } from "../store/index.ts";
import { defaultInFlightLimits, type InFlightLimits } from "./limits/requests-in-flight.ts";

export interface ApiServerOptions {
  /** `HOST:PORT`, `[IPv6]:PORT`; port 0 takes any free one. */
  readonly listen: string;
  readonly dataDir: string;
  /** kube-apiserver's --token-auth-file. */
  readonly tokenFile?: string;
  /** `10.96.0.0/16` or `10.96.0.0/16,fd00:10:96::/112`; the first one is the primary family. */
  readonly serviceClusterIpRange?: string;
  /** `30000-32767` */
  readonly serviceNodePortRange?: string;
  /** URLs of etcd's servers, separated by commas; then nothing but certificates and keys lives in `dataDir`. */
  readonly etcdServers?: string;
  /** What all keys in etcd begin with. */
  readonly etcdPrefix?: string;
  /** PEM files, for https:// URLs. */
  readonly etcdCafile?: string;
  readonly etcdCertfile?: string;
  readonly etcdKeyfile?: string;
  /** Where every request is written down; nowhere if absent. */
  readonly auditLogPath?: string;
  /** Megabytes after which the audit log is set aside; 100 if absent. */
  readonly auditLogMaxsize?: number;
  /** How many audit logs that were set aside are kept; 10 if absent. */
  readonly auditLogMaxbackup?: number;
  /** The address by which other machines reach this server; the one that it listens on if absent. */
  readonly advertiseAddress?: string;
  /** How many requests that only read are worked on at once; 400 if absent, 0 for no limit. */
  readonly maxRequestsInflight?: number;
  /** How many requests that write are worked on at once; 200 if absent, 0 for no limit. */
  readonly maxMutatingRequestsInflight?: number;
  /** What tokens of service accounts name as their issuer, and as whom they are for. */
  readonly serviceAccountIssuer?: string;
  /** A directory for the components' kubeconfigs: controllers, proxy, loadbalancer and node-NAME, each with what it needs. */
  readonly componentKubeconfigs?: string;
  /** Nodes that get a certificate and a kubeconfig, by name. */
  readonly nodeNames?: readonly string[];
  /** Where to write a kubeconfig with an administrator's rights. */
  readonly kubeconfigOut?: string;
  /** How much history is kept for watches; the store's default if absent. */
  readonly history?: HistoryPolicy;
  readonly log: Logger;
}

export const defaultServiceClusterIpRange = "10.96.0.0/16";
export const defaultServiceNodePortRange = "30000-32767";

/** As kubeadm names it. */
export const defaultServiceAccountIssuer = "https://kubernetes.default.svc.cluster.local";

export function inFlightLimits({
  maxRequestsInflight: reading = defaultInFlightLimits.reading,
  maxMutatingRequestsInflight: mutating = defaultInFlightLimits.mutating,
}: Pick<ApiServerOptions, "maxRequestsInflight" | "maxMutatingRequestsInflight">): InFlightLimits {
  return { reading, mutating };
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Throws an error that says what an address looks like. */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3]);
  if (!match || port > 65535 || (match[1] !== undefined && isIP(host) !== 6)) {
    throw new Error(`Cannot listen on "${text}": an address looks like 127.0.0.1:6443 or [::1]:6443`);
  }
  return { host: host === "" ? "0.0.0.0" : host, port };
}
