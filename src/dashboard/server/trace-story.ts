/** Tells a trace in sentences, with the words that `porthole trace` has for it. Pure. */
import { joinHostPort } from "../../forwarding/index.ts";
import {
  conclusionOf,
  type EndpointVerdict,
  endpointText,
  rewriteText,
  sourceText,
  type Trace,
  type TraceStep,
} from "../../inspect/index.ts";
import type { StoryEndpoint, StoryStep, TraceAnswer } from "../model/answers.ts";

/** Reasons that say nothing against the endpoint itself. */
const elsewhere = new Set<EndpointVerdict>(["on-another-node", "hinted-elsewhere"]);

/** Endpoints that are told one by one; those that are chosen come first. */
const mostEndpoints = 100;

export function tellTrace(trace: Trace): TraceAnswer {
  const { query, steps, verdict } = trace;
  const node = steps.find((step) => step.kind === "node")?.name ?? "";
  return {
    to: `${joinHostPort(query.address, query.port)}/${query.protocol}`,
    node,
    steps: steps.flatMap((step) => storyOf(step)),
    endpoints: steps.flatMap((step) => (step.kind === "endpoints" ? endpointsOf(step) : [])),
    verdict,
    conclusion: conclusionOf(trace),
  };
}

function storyOf(step: TraceStep): readonly StoryStep[] {
  switch (step.kind) {
    case "source":
      return [{ at: "Client", text: sourceText(step), tone: "neutral" }];
    case "node": {
      const text = `${step.name}, ${step.ready ? "Ready" : "not Ready"}`;
      return [{ at: "Node", text, tone: step.ready ? "good" : "bad" }];
    }
    case "frontend": {
      const target = step.targetPort === undefined ? "" : ` → ${step.targetPort}`;
      const name = step.portName === "" ? "" : ` "${step.portName}"`;
      const text = `${step.frontend} of ${step.service} (${step.serviceType}), port ${step.port}${name}${target}`;
      return [{ at: "Service", text, tone: "neutral" }];
    }
    case "nobody":
      return [
        { at: "Service", text: "no Service is addressed", tone: "bad" },
        ...step.hints.map((text) => ({ at: "Hint", text, tone: "neutral" as const })),
      ];
    case "policy": {
      const unbound = step.shortCircuited ? ", which does not bind the node and its own pods" : "";
      return [{ at: "Policy", text: `${step.field} ${step.value}${unbound}`, tone: "neutral" }];
    }
    case "source-ranges": {
      const text = `${step.ranges.join(", ")}: ${step.allowed ? "allowed" : "the client is not in them"}`;
      return [{ at: "Sources", text, tone: step.allowed ? "good" : "bad" }];
    }
    case "endpoints":
      return [];
    case "affinity":
      return [
        {
          at: "Affinity",
          text: `the client stays on the endpoint it gets for ${step.seconds} s`,
          tone: "neutral",
        },
      ];
    case "rewrite":
      return [{ at: "Source", text: rewriteText(step), tone: "neutral" }];
  }
}

function endpointsOf({ endpoints }: Extract<TraceStep, { kind: "endpoints" }>): readonly StoryEndpoint[] {
  const inOrder = [...endpoints].sort((a, b) => Number(b.chosen) - Number(a.chosen));
  return inOrder.slice(0, mostEndpoints).map(({ address, port, pod = "", node = "", chosen, because }) => ({
    place: joinHostPort(address, port),
    pod,
    node,
    chosen,
    why: endpointText[because],
    tone: chosen ? "good" : elsewhere.has(because) ? "neutral" : "bad",
  }));
}
