/**
 * Which part of a frontend a virtual server can stand for. It has one list of real servers for all who come, so where outsiders and
 * the node's own traffic are led to different endpoints it has the outsiders', and the nftables program chooses for the others. A
 * client's affinity belongs to the Service port, whatever address it comes by, while IPVS would keep one for each virtual server:
 * there the program chooses, too.
 */
import type { Backend, Frontend, Target } from "../../forwarding/forwarding-table.ts";

type Scope = "external" | "internal";

/** Undefined where no virtual server stands for it. */
export function chosenScope(frontend: Frontend): Scope | undefined {
  if (frontend.affinitySeconds !== undefined) return undefined;
  if (frontend.external.kind === "forward") return "external";
  return frontend.internal.kind === "forward" ? "internal" : undefined;
}

/** The real servers of its virtual server; undefined where there is none. */
export function chosenBackends(frontend: Frontend): readonly Backend[] | undefined {
  const scope = chosenScope(frontend);
  return scope && backendsOf(frontend[scope]);
}

/** Whether a virtual server chooses for those who come from there. */
export function isByVirtualServer(frontend: Frontend, scope: Scope): boolean {
  const chosen = chosenScope(frontend);
  if (!chosen) return false;
  return chosen === scope || isSame(backendsOf(frontend.external), backendsOf(frontend.internal));
}

function backendsOf(target: Target): readonly Backend[] {
  return target.kind === "forward" ? target.backends : [];
}

function isSame(a: readonly Backend[], b: readonly Backend[]): boolean {
  return (
    a === b ||
    (a.length === b.length &&
      a.every(({ key, weight }, index) => key === b[index]?.key && weight === b[index]?.weight))
  );
}
