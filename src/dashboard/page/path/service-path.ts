/** The way to one Service. Pure. */
import type { EndpointRow, NodeRow, PortRow, ServiceRow } from "../../model/rows.ts";
import {
  type Health,
  nodeHealth,
  nodeHealthText,
  serviceHealth,
  serviceHealthText,
  serviceOnNode,
} from "../state/health.ts";
import { hostPort } from "./host-port.ts";
import type { PathBox, PathCells, PathItem, PathLine, PathModel, PathStage } from "./path-model.ts";

export interface ServicePathInput {
  readonly service: ServiceRow;
  readonly nodes: readonly NodeRow[];
  /** Of the Service; the first if there is no such one. */
  readonly portIndex: number;
  /** Endpoints that left a moment ago. */
  readonly departed: readonly EndpointRow[];
  /** Boxes in a stage before the rest becomes cells. */
  readonly mostBoxes: number;
  /** By `place|service|port`, see rate-key.ts. */
  readonly rateOf: (place: string, port: PortRow) => number | undefined;
}

export function servicePath(input: ServicePathInput): PathModel {
  const { service, portIndex } = input;
  const port = service.ports[portIndex] ?? service.ports[0];
  const entry = port ? entryStages(input, port) : { stages: [], lines: [] };
  const endpoints = endpointItems(input);
  const stages: readonly PathStage[] = [
    ...entry.stages,
    { id: "service", title: "Service", items: [serviceBox(service, port)] },
    { id: "endpoints", title: "Endpoints", items: endpoints },
  ];
  return { stages, lines: [...entry.lines, ...endpoints.map((item) => endpointLine(item, service, port))] };
}

type Part = Pick<PathModel, "stages" | "lines">;

/** What comes before the Service: the outside, balanced addresses, the nodes' ports; or the cluster's own pods. */
function entryStages(input: ServicePathInput, port: PortRow): Part {
  const { service } = input;
  const addresses = addressBoxes(service, port);
  const nodes = port.nodePort === undefined ? [] : nodeItems(input, port.nodePort);
  if (nodes.length === 0 && addresses.length === 0) return insideOnly(service, port);
  const outside = placeBox("outside", "Clients", "anywhere", "outside the cluster");
  const nodeStage: readonly PathStage[] =
    nodes.length === 0 ? [] : [{ id: "nodes", title: "Nodes", items: nodes }];
  const balancerStage: readonly PathStage[] =
    addresses.length === 0 ? [] : [{ id: "balancer", title: "Load balancer", items: addresses }];
  const before = addresses.length > 0 ? addresses : [outside];
  const lines: PathLine[] = addresses.map((box) => ({
    id: `outside>${box.id}`,
    from: "outside",
    to: box.id,
    health: box.id === pendingId ? "off" : "good",
    says: `from outside to ${box.title}`,
    ...rate(input.rateOf("balancer", port)),
    ...(box.opens && box.opens.kind !== "service" && { opens: box.opens }),
  }));
  const after = nodes.length > 0 ? nodes : [{ id: "service", health: serviceHealth(service) }];
  for (const from of before)
    for (const to of after) lines.push(intoNode(from, to, input, port, before.length === 1));
  for (const node of nodes) lines.push(fromNode(node, input, port));
  return {
    stages: [{ id: "outside", title: "Outside", items: [outside] }, ...balancerStage, ...nodeStage],
    lines,
  };
}

function insideOnly(service: ServiceRow, port: PortRow): Part {
  const inside = placeBox("outside", "In the cluster", "pods and nodes", "inside the cluster");
  const [address] = service.clusterIPs;
  const opens =
    address === undefined
      ? undefined
      : ({ kind: "trace", to: hostPort(address, port.port), protocol: port.protocol, node: "" } as const);
  const line: PathLine = {
    id: "outside>service",
    from: "outside",
    to: "service",
    health: service.ready > 0 ? "good" : "off",
    says: `from inside the cluster to ${service.key}`,
    ...(opens && { opens }),
  };
  return { stages: [{ id: "outside", title: "Inside", items: [inside] }], lines: [line] };
}

function placeBox(id: string, title: string, detail: string, healthText: string): PathBox {
  return { id, kind: "place", title, detail, health: "off", healthText };
}

/** Stands where a load balancer's address will be. */
const pendingId = "address pending";

/** Each is joined with each node: of more addresses the first are shown. */
const mostAddresses = 6;

function addressBoxes({ balanced, externalIPs, type }: ServiceRow, port: PortRow): readonly PathBox[] {
  const box = (address: string, detail: string): PathBox => ({
    id: `address ${address}`,
    kind: "address",
    title: hostPort(address, port.port),
    detail,
    health: "good",
    healthText: detail,
    opens: { kind: "trace", to: hostPort(address, port.port), protocol: port.protocol, node: "" },
  });
  const pending: readonly PathBox[] =
    type === "LoadBalancer" && balanced.length === 0
      ? [
          {
            id: pendingId,
            kind: "address",
            title: "no address yet",
            detail: "load balancer",
            health: "warn",
            healthText: "no load balancer has given it an address",
          },
        ]
      : [];
  return [
    ...balanced.map((address) => box(address, "load balancer")),
    ...pending,
    ...externalIPs.map((address) => box(address, "external address")),
  ].slice(0, mostAddresses);
}

interface JudgedNode {
  readonly node: NodeRow;
  readonly health: Health;
  readonly text: string;
  readonly local: number;
}

const healthOrder: Readonly<Record<Health, number>> = { bad: 0, warn: 1, good: 2, off: 3 };

/** Nodes that are ill first, then those that have endpoints. */
function nodeItems(input: ServicePathInput, nodePort: number): readonly PathItem[] {
  const { service, nodes, mostBoxes } = input;
  const local = Map.groupBy(
    service.endpoints.filter(([, , , state]) => state === "ready"),
    ([, node]) => node,
  );
  const judged = nodes
    .map((node) => judgeNode(node, service, local.get(node.name)?.length ?? 0))
    .sort((a, b) => healthOrder[a.health] - healthOrder[b.health] || Math.sign(b.local) - Math.sign(a.local));
  const single = judged.length <= mostBoxes + 1 ? judged : judged.slice(0, singled(judged, mostBoxes));
  const rest = judged.slice(single.length);
  const boxes = single.map(
    ({ node, health, text }): PathBox => ({
      id: `node ${node.name}`,
      kind: "node",
      title: node.name,
      detail: hostPort(node.addresses[0] ?? "no address", nodePort),
      health,
      healthText: text,
      opens: { kind: "node", name: node.name },
    }),
  );
  return rest.length === 0 ? boxes : [...boxes, nodeCells(rest)];
}

/** Of many nodes, those that are ill and those that have endpoints are shown one by one, as far as there is room beside the cells. */
function singled(judged: readonly JudgedNode[], mostBoxes: number): number {
  const telling = judged.filter(
    ({ health, local }) => health === "bad" || health === "warn" || local > 0,
  ).length;
  return Math.max(2, Math.min(telling, Math.floor(mostBoxes / 2)));
}

function nodeCells(rest: readonly JudgedNode[]): PathCells {
  return {
    id: "node rest",
    kind: "cells",
    title: `${rest.length} more nodes`,
    healthText: `${rest.filter(({ health }) => health === "good").length} of them are well`,
    cells: rest.map(({ node, health, text }) => ({ id: node.name, health, title: `${node.name}: ${text}` })),
    opens: { kind: "nodes" },
  };
}

/** With policy Local a node without endpoints of its own leads nowhere, as meant. */
function judgeNode(node: NodeRow, service: ServiceRow, local: number): JudgedNode {
  const own = nodeHealth(node);
  if (own === "bad") return { node, health: "bad", text: nodeHealthText(node), local };
  const liveness = serviceOnNode(service, node);
  if (liveness.state === "problem" && node.proxy?.moreProblems === 0)
    return { node, health: "bad", text: liveness.why ?? "", local };
  if (service.policy === "Local" && local === 0)
    return { node, health: "off", text: "no endpoint here: policy Local drops what comes", local };
  return { node, health: own, text: nodeHealthText(node), local };
}

function intoNode(
  from: { readonly id: string; readonly title?: string },
  to: Pick<PathItem, "id"> & { readonly health?: Health; readonly title?: string },
  { service, nodes, rateOf }: ServicePathInput,
  port: PortRow,
  isOnlyWay: boolean,
): PathLine {
  const node = nodes.find(({ name }) => to.id === `node ${name}`);
  const [address] = node?.addresses ?? [];
  const where = to.title ?? service.key;
  return {
    id: `${from.id}>${to.id}`,
    from: from.id,
    to: to.id,
    health: from.id === pendingId ? "off" : (to.health ?? "good"),
    says: `from ${from.title ?? "outside"} to ${where}, port ${port.nodePort ?? port.port}`,
    ...rate(isOnlyWay && node ? rateOf(node.name, port) : undefined),
    ...(address !== undefined &&
      port.nodePort !== undefined && {
        opens: {
          kind: "trace",
          to: hostPort(address, port.nodePort),
          protocol: port.protocol,
          node: node?.name ?? "",
        },
      }),
  };
}

function fromNode(item: PathItem, input: ServicePathInput, port: PortRow): PathLine {
  const { service } = input;
  const into = intoNode({ id: "outside" }, item, input, port, false);
  const own = item.kind === "node" ? item.health : "good";
  return {
    ...into,
    id: `${item.id}>service`,
    from: item.id,
    to: "service",
    health: service.ready === 0 ? "off" : own,
    says: `from ${item.kind === "field" ? "" : item.title} to ${service.key}`,
  };
}

function serviceBox(service: ServiceRow, port: PortRow | undefined): PathBox {
  const [address = "no address"] = service.clusterIPs;
  return {
    id: "service",
    kind: "service",
    title: service.key.slice(service.key.indexOf("/") + 1),
    detail: port ? hostPort(address, port.port) : address,
    health: serviceHealth(service),
    healthText: serviceHealthText(service),
    opens: { kind: "doctor", service: service.key },
  };
}

const endpointHealth: Readonly<Record<EndpointRow[3], Health>> = {
  ready: "good",
  "not-ready": "bad",
  terminating: "warn",
};

/** In the order of their addresses, so that they stay where they are while others come and go; those that are ill never fall among the cells. */
function endpointItems({ service, departed, mostBoxes }: ServicePathInput): readonly PathItem[] {
  const single = service.endpoints.slice(0, service.total <= mostBoxes + 1 ? mostBoxes + 1 : mostBoxes);
  const rest = service.endpoints.slice(single.length);
  const boxes = single.map(endpointBox);
  const gone = rest.length === 0 ? departed.map((row) => ({ ...endpointBox(row), leaving: true })) : [];
  const shown = [...boxes, ...gone].sort((a, b) => a.title.localeCompare(b.title, "en", { numeric: true }));
  if (rest.length === 0) return shown.length > 0 ? shown : [noEndpoints(service)];
  const left = service.total - single.length;
  return [
    ...shown,
    {
      id: "endpoint rest",
      kind: "cells",
      title: `${left} more endpoints`,
      healthText: `${service.ready} of ${service.total} are ready`,
      cells: rest.map((row) => ({
        id: row[0],
        health: endpointHealth[row[3]],
        title: `${row[2] || row[0]}${row[1] && ` on ${row[1]}`}: ${row[3]}`,
      })),
      opens: { kind: "doctor", service: service.key },
    },
  ];
}

function endpointBox([address, node, pod, state]: EndpointRow): PathBox {
  return {
    id: `endpoint ${address}`,
    kind: "endpoint",
    title: pod === "" ? address : pod.slice(pod.indexOf("/") + 1),
    detail: node === "" ? address : `${address} · ${node}`,
    health: endpointHealth[state],
    healthText: state === "not-ready" ? "not ready" : state,
    ...(node !== "" && { opens: { kind: "node", name: node } as const }),
  };
}

function noEndpoints({ key, type }: ServiceRow): PathBox {
  return {
    id: "endpoint none",
    kind: "endpoint",
    title: type === "ExternalName" ? "a name outside" : "no endpoints",
    detail: type === "ExternalName" ? "nothing is forwarded" : "ask the doctor why",
    health: type === "ExternalName" ? "off" : "bad",
    healthText: "nobody serves it",
    opens: { kind: "doctor", service: key },
  };
}

function endpointLine(item: PathItem, service: ServiceRow, port: PortRow | undefined): PathLine {
  const isReady = item.kind === "endpoint" && item.health === "good" && !item.leaving;
  const [address] = service.clusterIPs;
  return {
    id: `service>${item.id}`,
    from: "service",
    to: item.id,
    health: item.kind === "cells" || isReady ? "good" : "off",
    says: `from ${service.key} to ${item.kind === "field" ? "" : item.title}`,
    ...(address !== undefined &&
      port && {
        opens: { kind: "trace", to: hostPort(address, port.port), protocol: port.protocol, node: "" },
      }),
  };
}

function rate(perSecond: number | undefined): { readonly perSecond?: number } {
  return perSecond === undefined ? {} : { perSecond };
}
