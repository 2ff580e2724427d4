/** The ServiceCIDR "kubernetes", which tells the ranges that the server was started with (controlplane/controller/defaultservicecidr). */
import { randomUUID } from "node:crypto";
import { type ServiceCIDR, serviceCidrDefinition } from "../../api/service-cidr.ts";
import type { Clock } from "../../lib/clock.ts";
import { formatTime } from "../../lib/rfc3339.ts";
import { sameList } from "../../lib/same-list.ts";
import type { Store } from "../../store/index.ts";
import { decodeObject, encodeObject } from "../registry/object-text.ts";
import { storageKey } from "../registry/storage-key.ts";

const name = "kubernetes";
const kind = { kind: "ServiceCIDR", apiVersion: "networking.k8s.io/v1" };

/** Writes it if it is missing or tells other ranges. */
export async function ensureDefaultServiceCidr(
  store: Store,
  clock: Clock,
  cidrs: readonly string[],
): Promise<void> {
  const key = storageKey(serviceCidrDefinition, { name });
  const entry = await store.get(key);
  const current = entry && (decodeObject(entry.value, entry.revision, kind) as ServiceCIDR);
  if (current && sameList(current.spec.cidrs, cidrs)) return;
  const value = encodeObject(defaultServiceCidr(cidrs, formatTime(clock.now()), current));
  await store.commit([{ key, value, ifRevision: entry?.revision ?? 0 }]);
}

function defaultServiceCidr(
  cidrs: readonly string[],
  time: string,
  current: ServiceCIDR | undefined,
): ServiceCIDR {
  return {
    ...kind,
    metadata: current?.metadata ?? {
      name,
      uid: randomUUID(),
      resourceVersion: "",
      creationTimestamp: time,
    },
    spec: { cidrs },
    status: {
      conditions: [
        {
          type: "Ready",
          status: "True",
          lastTransitionTime: time,
          reason: "",
          message: "Kubernetes default Service CIDR is ready",
        },
      ],
    },
  };
}
