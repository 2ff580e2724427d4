/** Says of every endpoint behind a frontend whether packets are led to it, and why. */
import type { EndpointSlice } from "../../api/endpoint-slice.ts";
import type { Pod } from "../../api/pod.ts";
import {
  canonicalAddress,
  type Endpoint,
  type Frontend,
  readServiceEndpoints,
  type Target,
} from "../../forwarding/index.ts";
import { podAddresses } from "./place-packet.ts";
import type { EndpointVerdict, ExplainedEndpoint } from "./trace.ts";

interface Place {
  readonly pod?: string;
  readonly node?: string;
  readonly zone?: string;
}

interface Behind {
  /** Those of the frontend's Service. */
  readonly slices: readonly EndpointSlice[];
  /** Of the whole cluster: slices need not say whose an address is. */
  readonly pods: readonly Pod[];
  readonly nodeName: string;
}

/**
 * `target` is the one of the frontend that holds for the packet. In the order of addresses; the endpoints that are chosen are those
 * of the target.
 */
export function explainEndpoints(
  frontend: Frontend,
  target: Target,
  { slices, pods, nodeName }: Behind,
): readonly ExplainedEndpoint[] {
  const chosen = new Set(target.kind === "forward" ? target.backends.map(({ key }) => key) : []);
  const places = placesOf(slices, pods);
  return readServiceEndpoints(slices, frontend, nodeName).map((endpoint) => {
    const { backend, ready, serving, terminating } = endpoint;
    const isChosen = chosen.has(backend.key);
    return {
      address: backend.address,
      port: backend.port,
      ...places.get(backend.address),
      ready,
      serving,
      terminating,
      chosen: isChosen,
      because: isChosen ? (ready ? "ready" : "last-resort") : reasonAgainst(endpoint, target),
    };
  });
}

function reasonAgainst({ backend, ready, serving, terminating }: Endpoint, target: Target): EndpointVerdict {
  const isLocalSet = target.kind === "drop" || (target.kind === "forward" && target.choice?.set === "local");
  if (isLocalSet && !backend.local) return "on-another-node";
  if (ready) return "hinted-elsewhere";
  if (!serving) return "not-serving";
  return terminating ? "terminating" : "not-ready";
}

/** While an address passes from a pod to the next one, two endpoints have it: the ready one is meant. */
function placesOf(slices: readonly EndpointSlice[], pods: readonly Pod[]): ReadonlyMap<string, Place> {
  const withOwnAddress = pods.filter(({ spec }) => !spec.hostNetwork);
  const podAt = new Map(
    withOwnAddress.flatMap((pod) => podAddresses(pod).map((address) => [address, pod] as const)),
  );
  const places = new Map<string, Place>();
  for (const endpoint of slices.flatMap((slice) => slice.endpoints ?? [])) {
    const { addresses, conditions, targetRef, nodeName, zone } = endpoint;
    const address = canonicalAddress(addresses[0] ?? "");
    if (address === undefined || (places.has(address) && conditions?.ready === false)) continue;
    const named = targetRef?.kind === "Pod" ? targetRef : podAt.get(address)?.metadata;
    const pod = named && `${named.namespace}/${named.name}`;
    places.set(address, { ...(pod && { pod }), ...(nodeName && { node: nodeName }), ...(zone && { zone }) });
  }
  return places;
}
