/** The ways to all Services at once, in sum. Pure. */

import type { NodeRow, ServiceRow } from "../../model/rows.ts";
import { isExposed } from "../list/filter-services.ts";
import {
  type Health,
  nodeHealth,
  nodeHealthText,
  serviceHealth,
  serviceHealthText,
} from "../state/health.ts";
import type { PathBox, PathItem, PathLine, PathModel } from "./path-model.ts";

export interface ClusterTotals {
  readonly services: number;
  readonly exposed: number;
  /** Addresses that load balancers have given. */
  readonly balanced: number;
  readonly ready: number;
  readonly endpoints: number;
}

export interface OverviewInput {
  readonly nodes: readonly NodeRow[];
  /** In order; looked at where they are few. */
  readonly services: readonly ServiceRow[];
  readonly totals: ClusterTotals;
  readonly mostBoxes: number;
  /** Of a node by name, or of `balancer`; undefined where nobody counts. */
  readonly rateOf: (place: string) => number | undefined;
}

export function overviewPath(input: OverviewInput): PathModel {
  const { nodes, services, totals, mostBoxes, rateOf } = input;
  const outside: PathBox = {
    id: "outside",
    kind: "place",
    title: "Clients",
    detail: "anywhere",
    health: "off",
    healthText: "outside the cluster",
  };
  const balancer: readonly PathBox[] =
    totals.balanced === 0
      ? []
      : [
          {
            id: "balancer",
            kind: "address",
            title: plural(totals.balanced, "address", "addresses"),
            detail: "load balancer",
            health: "good",
            healthText: "given to Services",
          },
        ];
  const nodeItems = itemsOf(nodes, mostBoxes);
  const serviceItems = serviceItemsOf(services, totals.services, mostBoxes);
  const inside = new Set(services.filter((service) => !isExposed(service)).map(({ key }) => serviceId(key)));
  const before = balancer[0] ?? outside;
  const lines: PathLine[] = [
    ...balancer.map(({ id }) => ({ ...line("outside", id, "good"), ...rate(rateOf("balancer")) })),
    ...nodeItems.map((item) => ({
      ...line(before.id, item.id, item.kind === "node" ? item.health : "good"),
      ...rate(rateInto(item, rateOf)),
    })),
    ...nodeItems.flatMap((item) =>
      serviceItems
        .filter(({ id }) => !inside.has(id))
        .map(({ id }) => line(item.id, id, item.kind === "node" ? item.health : "good")),
    ),
    ...serviceItems.map((item) => line(item.id, "endpoints", item.kind === "service" ? item.health : "good")),
  ];
  return {
    stages: [
      { id: "outside", title: "Outside", items: [outside] },
      ...(balancer.length > 0 ? [{ id: "balancer" as const, title: "Load balancer", items: balancer }] : []),
      { id: "nodes", title: "Nodes", items: nodeItems },
      {
        id: "service",
        title: "Services",
        items: serviceItems,
      },
      { id: "endpoints", title: "Endpoints", items: [endpointsBox(totals)] },
    ],
    lines,
  };
}

/** Connections that come to a node, or to all nodes that are cells. */
function rateInto(item: PathItem, rateOf: OverviewInput["rateOf"]): number | undefined {
  if (item.kind === "node") return rateOf(item.title);
  if (item.kind !== "cells") return undefined;
  const counted = item.cells.map(({ id }) => rateOf(id)).filter((perSecond) => perSecond !== undefined);
  return counted.length === 0 ? undefined : counted.reduce((sum, perSecond) => sum + perSecond, 0);
}

function rate(perSecond: number | undefined): { readonly perSecond?: number } {
  return perSecond === undefined ? {} : { perSecond };
}

function endpointsBox({ ready, endpoints }: ClusterTotals): PathBox {
  const left = endpoints - ready;
  return {
    id: "endpoints",
    kind: "endpoint",
    title: `${format(ready)} ready`,
    detail: left === 0 ? "all of them" : `${format(left)} not ready`,
    health: endpoints === 0 ? "off" : left > 0 ? "warn" : "good",
    healthText: `${ready} of ${endpoints} endpoints are ready`,
  };
}

function serviceId(key: string): string {
  return `service ${key}`;
}

/** A few are boxes; more than that a field of cells. */
function serviceItemsOf(
  services: readonly ServiceRow[],
  count: number,
  mostBoxes: number,
): readonly PathItem[] {
  if (count > mostBoxes || count === 0) return [{ id: "services", kind: "field", title: "Services", count }];
  return services.map((service): PathBox => {
    const { key, ports, ready, total, balanced } = service;
    const nodePort = ports.find((port) => port.nodePort !== undefined)?.nodePort;
    const entry = balanced[0] ?? (nodePort === undefined ? "inside only" : `:${nodePort}`);
    return {
      id: serviceId(key),
      kind: "service",
      title: key.startsWith("default/") ? key.slice("default/".length) : key,
      detail: `${entry} · ${ready}/${total}`,
      health: serviceHealth(service),
      healthText: serviceHealthText(service),
      opens: { kind: "service", key },
    };
  });
}

const order: Readonly<Record<Health, number>> = { bad: 0, warn: 1, good: 2, off: 3 };

function itemsOf(nodes: readonly NodeRow[], mostBoxes: number): readonly PathItem[] {
  const judged = nodes.map((node) => ({ node, health: nodeHealth(node), text: nodeHealthText(node) }));
  const isFew = nodes.length <= mostBoxes + 1;
  // Of many nodes, those that are well are cells.
  const single = isFew
    ? judged
    : judged
        .filter(({ health }) => health !== "good")
        .sort((a, b) => order[a.health] - order[b.health])
        .slice(0, Math.floor(mostBoxes / 2));
  const shown = new Set(single.map(({ node }) => node.name));
  const rest = judged.filter(({ node }) => !shown.has(node.name));
  const boxes = single.map(
    ({ node, health, text }): PathBox => ({
      id: `node ${node.name}`,
      kind: "node",
      title: node.name,
      detail: node.addresses[0] ?? "no address",
      health,
      healthText: text,
      opens: { kind: "node", name: node.name },
    }),
  );
  if (rest.length === 0) return boxes;
  return [
    ...boxes,
    {
      id: "node rest",
      kind: "cells",
      title: `${rest.length} ${boxes.length > 0 ? "more " : ""}nodes`,
      healthText: `${rest.filter(({ health }) => health === "good").length} of them are well`,
      cells: rest.map(({ node, health, text }) => ({
        id: node.name,
        health,
        title: `${node.name}: ${text}`,
      })),
      opens: { kind: "nodes" },
    },
  ];
}

function line(from: string, to: string, health: Health): PathLine {
  return { id: `${from}>${to}`, from, to, health, says: `from ${from} to ${to}` };
}

export function format(count: number): string {
  return count.toLocaleString("en");
}

export function plural(count: number, one: string, many: string): string {
  return `${format(count)} ${count === 1 ? one : many}`;
}
