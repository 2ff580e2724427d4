/** What a load balancer is to do, whoever says so: a file, or the Kubernetes API. */
import type { Problem } from "../dataplane/index.ts";
import type { Family, Protocol, ServicePortName } from "../forwarding/index.ts";
import type { CheckTarget } from "./health/check-target.ts";

/** A place that a frontend may lead to: nearly always NodeIP:NodePort. */
export interface BalancedBackend {
  /** `address:port`, unique in its frontend. */
  readonly key: string;
  readonly address: string;
  readonly port: number;
  /** The node's name, for logs and the status; its address where it has none. */
  readonly node: string;
  /** At least 1: its share of new connections, relative to the others'. */
  readonly weight: number;
  /** What is asked to know whether it serves; absent: it is taken to serve until connections to it fail. */
  readonly check?: CheckTarget;
}

/** One address and port that clients reach. */
export interface BalancedFrontend {
  /** As in the ForwardingTable: `LoadBalancerIP/IPv4/TCP/192.0.2.1:80`. */
  readonly key: string;
  readonly service: ServicePortName;
  readonly address: string;
  readonly family: Family;
  readonly protocol: Protocol;
  readonly port: number;
  /** In the order of keys. Empty where nobody serves: clients are refused. */
  readonly backends: readonly BalancedBackend[];
  readonly affinitySeconds?: number;
  /** CIDRs; sources outside of them are dropped. */
  readonly sourceRanges?: readonly string[];
  /** What tells the backends who the client is. */
  readonly proxyProtocol?: "v1" | "v2";
}

/** Where the frontends come from. */
export interface FrontendSource {
  /** Tells all frontends that there are to be, first and after each change, until the signal fires. Rejects when there is nothing to start from. */
  follow(
    onFrontends: (frontends: ReadonlyMap<string, BalancedFrontend>) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Told of all that cannot be served, after each try. */
  report?(problems: readonly Problem[]): void;
}
