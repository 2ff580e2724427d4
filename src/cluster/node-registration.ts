/** Keeps a Node object and its Lease current. */
import { type ApiClient, isAlreadyExists, isNotFound, leases, nodes } from "../client/index.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { wait } from "../lib/wait.ts";
import {
  leaseNamespace,
  makeLeaseSpec,
  makeNodeStatus,
  type NodeIdentity,
  nodeLabels,
} from "./node-object.ts";

export interface NodeRegistration {
  readonly client: ApiClient;
  readonly identity: NodeIdentity;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const leaseRenewMs = 10_000;
/** After a failure: the lease is good for 40 s. */
const leaseRetryMs = 2_000;
/** A kubelet writes its unchanged status every 5 minutes. */
const statusEveryMs = 300_000;
const retryMs = 500;

/** Registers the Node; tries again until the API server takes it or the signal fires. */
export async function registerNode(registration: NodeRegistration): Promise<void> {
  const { clock, log, signal, identity } = registration;
  while (!signal.aborted) {
    try {
      await Promise.all([writeNode(registration), renewLease(registration)]);
      return;
    } catch (error) {
      if (signal.aborted) return;
      log.warn("Cannot register node", { node: identity.name, error: (error as Error).message });
      await wait(clock, retryMs, signal);
    }
  }
}

/** Renews the Lease every 10 s, and the status every 5 minutes or when somebody else has said it is not ready. */
export async function keepNodeCurrent(registration: NodeRegistration): Promise<void> {
  const { clock, log, signal, identity, client } = registration;
  let statusWrittenAt = clock.now();
  let waitMs = leaseRenewMs;
  while (!signal.aborted) {
    await wait(clock, waitMs, signal);
    if (signal.aborted) return;
    try {
      await renewLease(registration);
      const node = await client.get(nodes, { name: identity.name }, signal);
      const ready = node?.status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
      if (!ready || clock.now() - statusWrittenAt >= statusEveryMs) {
        await writeNode(registration);
        statusWrittenAt = clock.now();
      }
      waitMs = leaseRenewMs;
    } catch (error) {
      if (!signal.aborted)
        log.warn("Cannot renew node lease", { node: identity.name, error: (error as Error).message });
      waitMs = leaseRetryMs;
    }
  }
}

/** Creates the Node with its status, or brings the one that is there up to date: others' labels and conditions stay. */
async function writeNode({ client, identity, clock, signal }: NodeRegistration): Promise<void> {
  const { name, podCidrs } = identity;
  const options = { signal };
  const labels = nodeLabels(name);
  try {
    const status = makeNodeStatus(identity, undefined, clock.now());
    const [podCIDR = ""] = podCidrs;
    const spec = { podCIDR, podCIDRs: podCidrs };
    await client.create(nodes, { metadata: { name, labels }, spec, status }, options);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const node = await client.patch(nodes, { name }, "merge", { metadata: { labels } }, options);
    const status = makeNodeStatus(identity, node.status, clock.now());
    await client.patch(nodes, { name }, "merge", { status }, { ...options, subresource: "status" });
  }
}

async function renewLease({ client, identity, clock, signal }: NodeRegistration): Promise<void> {
  const key = { name: identity.name, namespace: leaseNamespace };
  const spec = makeLeaseSpec(identity.name, clock.now());
  try {
    await client.patch(leases, key, "merge", { spec }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.create(leases, { metadata: key, spec }, { signal });
  }
}
