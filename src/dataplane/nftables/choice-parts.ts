/** The parts of the program that come and go: chains and maps for each Choice that is in use. */
import { type Choice, chainOf } from "./choice.ts";
import { affinityMap, type EndpointSet, maps, stickyHitChain } from "./names.ts";
import type { Key, Rule, Statement } from "./statement.ts";
import { SESSION_MASK } from "./target-id.ts";

export type Part =
  | { readonly kind: "chain"; readonly name: string; readonly rules: readonly Rule[] }
  /** A map that packets fill: session and client -> endpoint. */
  | { readonly kind: "affinity"; readonly name: string; readonly seconds: number };

const protocols = ["tcp", "udp", "sctp"] as const;
const sessionOfClient: Key = ["session", "saddr"];
/** The same endpoint, or session, as one of the set. */
const inSet = { cluster: "id", local: "local id" } as const;

/** Returns what a choice needs, in the order that it is made; choices with one time-out share parts. */
export function partsOf(choice: Choice): readonly Part[] {
  const { endpoints, affinity, byHash } = choice;
  const name = chainOf(choice);
  const random = { randomBelow: endpoints };
  if (!affinity) {
    const slot = byHash ? { flowHashBelow: endpoints } : random;
    return [{ kind: "chain", name, rules: dnatRules(["target", slot], maps.backends) }];
  }
  const firstSlot = byHash ? { clientHashBelow: endpoints } : random;
  const { seconds, set } = affinity;
  const map = affinityMap(seconds);
  const remember: Statement = { kind: "remember", action: "update", key: sessionOfClient, map };
  const jump: Statement = { kind: "jump", chain: stickyHitChain(seconds, set) };
  return [
    { kind: "affinity", name: map, seconds },
    stickyHit(seconds, set),
    {
      kind: "chain",
      name,
      rules: [
        // From here on the id is the session's: it stays when the number of endpoints changes.
        [{ kind: "find", key: ["target"], map: maps.sessions }],
        [{ kind: "find", key: sessionOfClient, map }, jump],
        [{ kind: "find", key: [inSet[set], firstSlot], map: maps.sessionSlots }],
        [remember],
        ...dnatRules([inSet[set]], maps.sessionBackends),
      ],
    },
  ];
}

/** The client's endpoint, if it is still there; its time begins anew. Else the client is as new. */
function stickyHit(seconds: number, set: EndpointSet): Part {
  const map = affinityMap(seconds);
  return {
    kind: "chain",
    name: stickyHitChain(seconds, set),
    rules: [
      [{ kind: "remember", action: "update", key: sessionOfClient, map }],
      ...dnatRules([inSet[set]], maps.sessionBackends),
      [{ kind: "remember", action: "delete", key: sessionOfClient, map }],
      [{ kind: "keep-bits", mask: SESSION_MASK }],
    ],
  };
}

/** nft wants to know the protocol where a port is translated. */
function dnatRules(key: Key, map: string): readonly Rule[] {
  return protocols.map((protocol) => [
    { kind: "protocol", protocol },
    { kind: "dnat", key, map },
  ]);
}
