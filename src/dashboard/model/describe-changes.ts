/** Tells in sentences what changed between two states of a row. Pure. */
import type { EndpointRow, NodeRow, ServiceRow, Tone } from "./rows.ts";

export interface Happening {
  readonly object: string;
  readonly text: string;
  readonly tone: Tone;
}

/** Undefined as previous: it is new; as next: it is gone. */
export function describeServiceChange(
  previous: ServiceRow | undefined,
  next: ServiceRow | undefined,
): readonly Happening[] {
  const object = `Service ${(next ?? previous)?.key}`;
  if (!next) return [{ object, text: "deleted", tone: "neutral" }];
  if (!previous) return [{ object, text: `created, ${portsText(next)}`, tone: "neutral" }];
  const happenings: Happening[] = [];
  const tell = (text: string, tone: Tone = "neutral") => happenings.push({ object, text, tone });
  if (previous.type !== next.type) tell(`is now ${next.type}`);
  if (portsText(previous) !== portsText(next)) tell(portsText(next));
  const balanced = next.balanced.join(", ");
  if (previous.balanced.join(", ") !== balanced)
    tell(balanced === "" ? "no longer has a balanced address" : `is balanced at ${balanced}`);
  if (previous.policy !== next.policy) tell(`externalTrafficPolicy ${next.policy}`);
  tellEndpoints(previous, next, tell);
  return happenings;
}

function portsText({ type, ports }: ServiceRow): string {
  const texts = ports.map(({ port, nodePort, protocol }) => {
    const suffix = protocol === "TCP" ? "" : `/${protocol}`;
    return nodePort === undefined
      ? `port ${port}${suffix}`
      : `port ${port}${suffix} on node port ${nodePort}`;
  });
  return [type, ...texts].join(", ");
}

/** Of a Service with more endpoints than are told one by one, those that are told change places: only the count says something. */
function tellEndpoints(
  previous: ServiceRow,
  next: ServiceRow,
  tell: (text: string, tone: Tone) => void,
): void {
  const isWhole = ({ endpoints, total }: ServiceRow) => endpoints.length === total;
  if (isWhole(previous) && isWhole(next)) {
    const before = new Map(previous.endpoints.map((row) => [row[0], row]));
    const after = new Map(next.endpoints.map((row) => [row[0], row]));
    for (const [address, row] of before) if (!after.has(address)) tell(`${nameOf(row)} left`, "neutral");
    for (const [address, row] of after) tellEndpoint(before.get(address), row, tell);
  } else if (previous.ready !== next.ready) {
    tell(`${next.ready} endpoints are ready, ${previous.ready} were`, "neutral");
  }
  if (previous.ready > 0 && next.ready === 0) tell("has no ready endpoint left", "bad");
  if (previous.ready === 0 && next.ready > 0) tell("has a ready endpoint again", "good");
}

function tellEndpoint(
  before: EndpointRow | undefined,
  row: EndpointRow,
  tell: (text: string, tone: Tone) => void,
): void {
  const state = row[3];
  if (!before || before[2] !== row[2]) tell(`${nameOf(row)} arrived, ${stateText[state]}`, "neutral");
  else if (before[3] !== state) tell(`${nameOf(row)} ${stateVerb[state]}`, stateTone[state]);
}

const stateText = { ready: "ready", "not-ready": "not ready yet", terminating: "terminating" } as const;
const stateVerb = {
  ready: "became ready",
  "not-ready": "is no longer ready",
  terminating: "terminates",
} as const;

/** Pods end all the time, as meant. */
const stateTone = { ready: "good", "not-ready": "bad", terminating: "neutral" } as const;

function nameOf([address, node, pod]: EndpointRow): string {
  const name = pod === "" ? address : pod.slice(pod.indexOf("/") + 1);
  return node === "" ? name : `${name} on ${node}`;
}

/** Undefined as previous: it is new; as next: it is gone. */
export function describeNodeChange(
  previous: NodeRow | undefined,
  next: NodeRow | undefined,
): readonly Happening[] {
  const object = `Node ${(next ?? previous)?.name}`;
  if (!next) return [{ object, text: "is gone", tone: "bad" }];
  if (!previous)
    return [{ object, text: next.ready ? "joined, Ready" : "joined, not Ready yet", tone: "neutral" }];
  const happenings: Happening[] = [];
  const tell = (text: string, tone: Tone) => happenings.push({ object, text, tone });
  if (previous.ready !== next.ready)
    tell(next.ready ? "is Ready" : "is not Ready", next.ready ? "good" : "bad");
  if (previous.cordoned !== next.cordoned)
    tell(next.cordoned ? "is cordoned" : "takes pods again", "neutral");
  const [before, after] = [previous.proxy, next.proxy];
  if (before && after && before.isAlive !== after.isAlive)
    tell(
      after.isAlive ? "its proxy reports again" : "its proxy no longer reports",
      after.isAlive ? "good" : "bad",
    );
  if (after?.failure !== undefined && before?.failure !== after.failure)
    tell(`its proxy can forward nothing: ${after.failure}`, "bad");
  const known = new Set(before?.problems.map(({ service, message }) => `${service} ${message}`));
  for (const { service, message } of after?.problems ?? [])
    if (!known.has(`${service} ${message}`)) tell(`cannot forward ${service}: ${message}`, "bad");
  return happenings;
}
