/** FrontendClaims: who gets an address and port that more than one Service, or one Service twice, lays claim to. */
import type { Frontend, FrontendKind } from "./forwarding-table.ts";
import { formatServiceKey, type ServiceKey, type ServiceProblem } from "./service-problem.ts";

export interface Claim {
  readonly frontend: Frontend;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** Address (or any node-port address), protocol and port: `IPv4/TCP/10.96.0.1:443`, a Frontend's key without its kind. */
export function slotOf({ key }: Frontend): string {
  return key.slice(key.indexOf("/") + 1);
}

/** A cluster address is never taken over by somebody's external address (CVE-2020-8554); ranges are never lost. */
const precedence: Readonly<Record<FrontendKind, number>> = {
  ClusterIP: 0,
  NodePort: 1,
  LoadBalancerIP: 2,
  ExternalIP: 3,
};

export class FrontendClaims {
  /** Best claim first; nearly every slot has exactly one. */
  readonly #claims = new Map<string, readonly Claim[]>();

  /** Replaces one Service's claims; returns the slots whose winner may be another one now. */
  replace(previous: readonly Claim[], next: readonly Claim[]): ReadonlySet<string> {
    const touched = new Set<string>();
    for (const claim of previous) {
      const slot = slotOf(claim.frontend);
      const left = (this.#claims.get(slot) ?? []).filter((other) => other !== claim);
      if (left.length > 0) this.#claims.set(slot, left);
      else this.#claims.delete(slot);
      touched.add(slot);
    }
    for (const claim of next) {
      const slot = slotOf(claim.frontend);
      const others = this.#claims.get(slot);
      this.#claims.set(slot, others ? [...others, claim].sort(compareClaims) : [claim]);
      touched.add(slot);
    }
    return touched;
  }

  winner(slot: string): Frontend | undefined {
    return this.#claims.get(slot)?.[0]?.frontend;
  }

  /** One problem for each other Service that wants the slot. */
  problems(slot: string): readonly ServiceProblem[] {
    const [winner, ...losers] = this.#claims.get(slot) ?? [];
    if (!winner) return [];
    const holder = winner.frontend.service;
    const others = losers.filter(({ frontend }) => !isSameService(frontend.service, holder));
    return others.map(({ frontend }) => taken(frontend, winner.frontend));
  }
}

function compareClaims(a: Claim, b: Claim): number {
  return (
    precedence[a.frontend.kind] - precedence[b.frontend.kind] ||
    compareText(a.createdAt, b.createdAt) ||
    compareText(formatServiceKey(a.frontend.service), formatServiceKey(b.frontend.service)) ||
    compareText(a.frontend.service.port, b.frontend.service.port)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isSameService(a: ServiceKey, b: ServiceKey): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

function taken(frontend: Frontend, winner: Frontend): ServiceProblem {
  const { namespace, name } = frontend.service;
  const message =
    `Service "${formatServiceKey(frontend.service)}" cannot have ${frontend.key}: it belongs to Service ` +
    `"${formatServiceKey(winner.service)}" as ${winner.key}; choose another address or port`;
  return { service: { namespace, name }, code: "address-taken", message };
}
