/** Structural comparison of frontends and what they are made of. */
import type { Backend, Frontend, Target } from "./forwarding-table.ts";

/** Says whether two frontends ask for the same. */
export function isSameFrontend(a: Frontend, b: Frontend): boolean {
  return (
    a === b ||
    (a.key === b.key &&
      a.service.namespace === b.service.namespace &&
      a.service.name === b.service.name &&
      a.service.port === b.service.port &&
      a.masquerade === b.masquerade &&
      a.affinitySeconds === b.affinitySeconds &&
      a.proxyProtocol === b.proxyProtocol &&
      isSameList(a.sourceRanges, b.sourceRanges) &&
      isSameList(a.serving, b.serving) &&
      a.spread === b.spread &&
      isSameList(a.established, b.established) &&
      isSameTarget(a.external, b.external) &&
      isSameTarget(a.internal, b.internal))
  );
}

function isSameTarget(a: Target, b: Target): boolean {
  if (a === b) return true;
  if (a.kind !== "forward" || b.kind !== "forward") return a.kind === b.kind;
  return (
    a.choice?.set === b.choice?.set &&
    a.choice?.condition === b.choice?.condition &&
    a.choice?.topology === b.choice?.topology &&
    a.backends.length === b.backends.length &&
    a.backends.every((backend, index) => isSameBackend(backend, b.backends[index]))
  );
}

export function isSameBackend(a: Backend, b: Backend | undefined): boolean {
  return a.key === b?.key && a.local === b.local && a.weight === b.weight;
}

function isSameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  if (a === b) return true;
  return a !== undefined && a.length === b?.length && a.every((item, index) => item === b[index]);
}
