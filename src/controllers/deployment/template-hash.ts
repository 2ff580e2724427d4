/** Which ReplicaSet belongs to which pod template. */
import type { PodTemplateSpec } from "../../api/pod.ts";
import type { Deployment, ReplicaSet } from "../../api/workload.ts";
import { canonicalJson } from "../../lib/canonical-json.ts";

export const templateHashLabel = "pod-template-hash";

/** No vowels and nothing that looks like another character: no words come about (apimachinery util/rand.SafeEncodeString). */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

/** `6f7c8d9b5d`: the same for equal templates. A collision count makes another one where two templates share a hash. */
export function templateHash(template: PodTemplateSpec, collisionCount = 0): string {
  const text = `${canonicalJson(withoutHash(template))}#${collisionCount}`;
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  let name = "";
  for (let i = 0; i < 10; i++, hash /= 27n) name += alphabet[Number(hash % 27n)];
  return name;
}

/** The ReplicaSet that runs the Deployment's template; of several the oldest, so that it is always the same one. */
export function findNewReplicaSet(
  deployment: Deployment,
  replicaSets: readonly ReplicaSet[],
): ReplicaSet | undefined {
  const wanted = canonicalJson(withoutHash(deployment.spec.template));
  return replicaSets
    .toSorted(byAge)
    .find(({ spec }) => spec.template && canonicalJson(withoutHash(spec.template)) === wanted);
}

/** Oldest first. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const { creationTimestamp: ageA, name: nameA } = a.metadata;
  const { creationTimestamp: ageB, name: nameB } = b.metadata;
  if (ageA !== ageB) return ageA < ageB ? -1 : 1;
  return nameA < nameB ? -1 : 1;
}

/** Servers write `creationTimestamp: null` into templates, clients leave it out. */
function withoutHash({ metadata = {}, spec }: PodTemplateSpec): PodTemplateSpec {
  const { labels = {}, creationTimestamp: _, ...rest } = metadata;
  const { [templateHashLabel]: _hash, ...others } = labels;
  return { metadata: { ...rest, labels: others }, spec };
}
