/** formatTrace: a trace as a drawing for people. */
import { joinHostPort } from "../../forwarding/index.ts";
import type { EndpointVerdict, ExplainedEndpoint, RewriteStep, Trace, TraceStep } from "./trace.ts";

/** How to make a part of a line stand out; both return the text as it is where there is no colour. */
export interface TraceStyle {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
  /** Columns of the terminal; longer lines are folded. */
  readonly width: number;
}

/** Endpoints that are shown one by one; of the rest there is a count. */
const mostEndpoints = 20;

/** Returns lines, the last of them with its newline. */
export function formatTrace(trace: Trace, style: TraceStyle): string {
  const lines = trace.steps.flatMap((step) => linesOf(step, trace, style));
  return `${[...lines, verdictLine(trace, style)].flatMap((line) => fold(line, style.width)).join("\n")}\n`;
}

function linesOf(step: TraceStep, { query }: Trace, style: TraceStyle): readonly string[] {
  const way = style.dim("|");
  switch (step.kind) {
    case "source":
      return [sourceText(step), way];
    case "node":
      return [
        `${joinHostPort(query.address, query.port)} ${query.protocol}   node ${step.name}, ${step.ready ? style.good("Ready") : style.bad("not Ready")}${nodeNote(step.because)}`,
      ];
    case "frontend": {
      const name = step.portName ? ` "${step.portName}"` : "";
      return [
        `${way}  ${step.frontend} of ${step.service} (${step.serviceType}), port ${step.port}${name}${step.targetPort === undefined ? "" : ` to ${step.targetPort}`}`,
      ];
    }
    case "nobody":
      return [
        `${way}  ${style.bad("no Service is addressed")}`,
        ...step.hints.map((hint) => `${way}  ${hint}`),
      ];
    case "policy":
      return [
        `${way}  ${step.field} ${step.value}${step.shortCircuited ? ", which does not bind the node and its own pods" : ""}`,
      ];
    case "source-ranges":
      return [
        `${way}  loadBalancerSourceRanges ${step.ranges.join(", ")}: ${step.allowed ? style.good("allowed") : style.bad("not in them")}`,
      ];
    case "endpoints":
      return [way, ...endpointLines(step.endpoints, style)];
    case "affinity":
      return [`   the client stays on the one it gets, for ${step.seconds} s after its last packet`];
    case "rewrite":
      return [`   ${rewriteText(step)}`];
  }
}

/** Who sends. */
export function sourceText({ address, pod, node }: Extract<TraceStep, { kind: "source" }>): string {
  if (address === undefined) return "a client outside the cluster";
  if (pod !== undefined) return `${address}   pod ${pod}${node ? ` on ${node}` : ""}`;
  return node === undefined ? `${address}   outside the cluster` : `${address}   node ${node}`;
}

function nodeNote(because: Extract<TraceStep, { kind: "node" }>["because"]): string {
  return because === "first-by-name" ? "; taken because it is the first, --node names another" : "";
}

function endpointLines(endpoints: readonly ExplainedEndpoint[], style: TraceStyle): readonly string[] {
  const inOrder = [...endpoints].sort((a, b) => Number(b.chosen) - Number(a.chosen));
  const shown = inOrder.slice(0, mostEndpoints);
  const widest = Math.max(0, ...shown.map(({ address, port }) => joinHostPort(address, port).length));
  const lines = shown.map((endpoint) => {
    const sign = endpoint.chosen ? style.good(">") : style.bad("x");
    const address = joinHostPort(endpoint.address, endpoint.port).padEnd(widest);
    const pod = endpoint.pod ? `  pod ${endpoint.pod}` : "";
    const node = endpoint.node ? ` on ${endpoint.node}` : "";
    return `${sign}  ${address}${pod}${node}  ${style.dim(endpointText[endpoint.because])}`;
  });
  const left = endpoints.length - shown.length;
  if (endpoints.length === 0) return [`${style.bad("x")}  the Service has no endpoints`];
  return left > 0 ? [...lines, `   and ${left} more`] : lines;
}

/** Why an endpoint is in or out. */
export const endpointText: Readonly<Record<EndpointVerdict, string>> = {
  ready: "ready",
  "last-resort": "terminates but serves, and no other is ready",
  "not-ready": "not ready",
  "not-serving": "not ready, and does not serve",
  terminating: "terminates",
  "on-another-node": "on another node, which policy Local leaves out",
  "hinted-elsewhere": "ready, but its topology hints are for others",
};

/** Whose address the endpoint sees. */
export function rewriteText({ source, because, hairpin }: RewriteStep): string {
  const text =
    source === "kept"
      ? "the endpoint sees the client's address"
      : `the endpoint sees the node's address (${masqueradeText[because]})`;
  return hairpin === undefined ? text : `${text}; ${hairpin} is the client itself and sees the node's, too`;
}

const masqueradeText: Readonly<Record<RewriteStep["because"], string>> = {
  "policy-cluster": "policy Cluster: the answer must come back through this node",
  "node-traffic": "it is the node's own traffic",
  "outside-to-cluster-ip": "the client is none of this node's pods",
  "masquerade-all": "masqueradeAll is set",
  "policy-local": "policy Local",
  "local-pod-to-cluster-ip": "a pod of this node to a cluster address",
};

function verdictLine(trace: Trace, style: TraceStyle): string {
  return (trace.verdict === "forward" ? style.good : style.bad)(`=> ${conclusionOf(trace)}`);
}

/** What becomes of the packet. */
export function conclusionOf({ verdict, backends }: Trace): string {
  switch (verdict) {
    case "forward":
      return backends.length === 1
        ? `forwarded to ${backends[0]}`
        : `forwarded to one of ${backends.length} endpoints, each as likely as the others`;
    case "reject":
      return "refused: nobody serves it, and clients are told at once";
    case "drop":
      return "dropped: the client gets no answer and times out";
    case "not-ours":
      return "left alone: it goes where it would go without a proxy";
  }
}

/** Breaks a line at spaces; what follows is indented. Sequences that style text count for nothing. */
function fold(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let rest = line;
  while (visibleLength(rest) > width) {
    const at = breakBefore(rest, width);
    if (at <= 0) break;
    lines.push(rest.slice(0, at));
    rest = `      ${rest.slice(at + 1)}`;
  }
  return [...lines, rest];
}

function breakBefore(line: string, width: number): number {
  const indent = line.length - line.trimStart().length;
  let at = -1;
  for (let index = indent; index < line.length; index++) {
    if (line[index] === " " && visibleLength(line.slice(0, index)) <= width) at = index;
  }
  return at > indent ? at : -1;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ECMA-48 sequences begin with ESC.
const escapes = /\x1b\[[0-9;]*m/g;

function visibleLength(text: string): number {
  return text.replaceAll(escapes, "").length;
}
