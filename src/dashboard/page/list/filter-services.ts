/** Which Services the list shows. Pure. */
import type { ServiceRow } from "../../model/rows.ts";
import { serviceHealth } from "../state/health.ts";
import type { ListFilter } from "../state/selection.ts";

const textOf = new WeakMap<ServiceRow, string>();

/** All words must occur: in its name, type, ports, addresses, or the names, nodes and addresses of its endpoints. */
export function matchesSearch(service: ServiceRow, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = searchText(service);
  return words.every((word) => text.includes(word));
}

export function searchWords(search: string): readonly string[] {
  return search.toLowerCase().split(/\s+/).filter(Boolean);
}

export function matchesFilter(service: ServiceRow, filter: ListFilter): boolean {
  switch (filter) {
    case "all":
      return true;
    case "exposed":
      return isExposed(service);
    case "trouble": {
      const health = serviceHealth(service);
      return health === "bad" || health === "warn";
    }
  }
}

/** It can be reached from outside. */
export function isExposed({ ports, balanced, externalIPs }: ServiceRow): boolean {
  return balanced.length + externalIPs.length > 0 || ports.some(({ nodePort }) => nodePort !== undefined);
}

/** PERF: a row is replaced when it changes, so its text can be kept with it. */
function searchText(service: ServiceRow): string {
  const known = textOf.get(service);
  if (known !== undefined) return known;
  const { key, type, clusterIPs, balanced, externalIPs, ports, endpoints } = service;
  const parts = [
    key,
    type,
    ...clusterIPs,
    ...balanced,
    ...externalIPs,
    ...ports.flatMap(({ name, port, nodePort, protocol }) => [
      name,
      `:${port}`,
      nodePort === undefined ? "" : `:${nodePort}`,
      protocol,
    ]),
    ...endpoints.flat(),
  ];
  const text = parts.join("\n").toLowerCase();
  textOf.set(service, text);
  return text;
}
