/** NodeConnector: how the server reaches the agents on the nodes: HTTPS with a client certificate. */
import { Agent, type RequestOptions } from "node:https";
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import { type ApiStatusError, badRequest, internal, notFound } from "../errors.ts";
import type { CertificatePair } from "../pki/certificate-request.ts";
import { type Registry, readObject } from "../registry/registry.ts";

export interface NodeConnector {
  /** The connection options that lead to the agent of a node. Throws ApiStatusError when its address is not known. */
  options(registry: Registry, nodeName: string): Promise<RequestOptions>;
  close(): void;
}

/** NOTE: like kube-apiserver without --kubelet-certificate-authority, it does not check the agent's certificate. */
export function createNodeConnector({ certificate, key }: CertificatePair): NodeConnector {
  const agent = new Agent({ cert: certificate, key, rejectUnauthorized: false, keepAlive: false });
  return {
    async options(registry, nodeName) {
      const { host, port } = await nodeAddress(registry, nodeName);
      return { agent, host, port, rejectUnauthorized: false };
    },
    close: () => agent.destroy(),
  };
}

/** Addresses that kube-apiserver tries, in its default order. */
const preferredTypes = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"] as const;

async function nodeAddress(
  registry: Registry,
  nodeName: string,
): Promise<{ readonly host: string; readonly port: number }> {
  const kind = registry.kinds.find("", "v1", "nodes");
  const stored = kind && (await readObject(registry, kind, { name: nodeName }));
  if (!stored) throw notFound({ group: "", plural: "nodes" }, nodeName);
  const { addresses = [], daemonEndpoints } = (stored.object as Node).status ?? {};
  const port = daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  const address =
    addresses.find(({ type }) => type === "InternalIP") ??
    preferredTypes.map((type) => addresses.find((candidate) => candidate.type === type)).find(Boolean);
  if (!address) throw internal(`no preferred addresses found; known addresses: []`);
  if (port === 0) throw internal(`node "${nodeName}" tells no port of its agent`);
  return { host: address.address, port };
}

export interface PodPlace {
  readonly pod: Pod;
  /** Absent while the pod is not scheduled. */
  readonly nodeName: string | undefined;
}

/** Throws NotFound. */
export async function findPod(
  registry: Registry,
  namespace: string | undefined,
  name: string,
): Promise<PodPlace> {
  const kind = registry.kinds.find("", "v1", "pods");
  const stored = kind && (await readObject(registry, kind, { namespace, name }));
  if (!stored) throw notFound({ group: "", plural: "pods" }, name);
  const pod = stored.object as Pod;
  return { pod, nodeName: pod.spec.nodeName || undefined };
}

/** Returns the name of the wanted container, or of the only one. Throws BadRequest when it is not clear which is meant. */
export function chooseContainer({ metadata: { name }, spec }: Pod, wanted: string | null): string {
  if (wanted) {
    const known = [...(spec.initContainers ?? []), ...spec.containers];
    if (known.some((container) => container.name === wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  }
  const [first = "", ...others] = spec.containers.map((container) => container.name);
  if (others.length === 0) return first;
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${[first, ...others].join(" ")}]`,
  );
}

/** What a client is told when the agent of a node cannot be reached. */
export function unreachable(path: string, error: Error): ApiStatusError {
  return internal(`cannot reach the agent of the node for ${path}: ${error.message}`);
}
