/** How a Service and a node are, in one word. Pure. */
import { livenessOn, type NodeLiveness } from "../../../api/proxy-report/service-liveness.ts";
import type { NodeRow, ServiceRow } from "../../model/rows.ts";

/** `off`: there is nothing to be well or ill. */
export type Health = "good" | "warn" | "bad" | "off";

export function serviceHealth({ type, ready, total }: ServiceRow): Health {
  if (type === "ExternalName") return "off";
  if (ready === 0) return "bad";
  return ready < total ? "warn" : "good";
}

export function serviceHealthText(service: ServiceRow): string {
  switch (serviceHealth(service)) {
    case "good":
      return "all endpoints ready";
    case "warn":
      return `${service.total - service.ready} of ${service.total} endpoints not ready`;
    case "bad":
      return service.total === 0 ? "no endpoints" : "no endpoint ready";
    case "off":
      return "a name outside the cluster";
  }
}

export function nodeHealth({ ready, proxy, cordoned }: NodeRow): Health {
  if (!ready || (proxy && (!proxy.isAlive || proxy.failure !== undefined))) return "bad";
  if (cordoned || (proxy && proxy.problems.length + proxy.moreProblems > 0)) return "warn";
  return "good";
}

export function nodeHealthText({ ready, proxy, cordoned }: NodeRow): string {
  const words = [ready ? "Ready" : "not Ready"];
  if (cordoned) words.push("cordoned");
  if (!proxy) words.push("no proxy of Porthole reports");
  else if (!proxy.isAlive) words.push("its proxy is silent");
  else if (proxy.failure !== undefined) words.push("its proxy can forward nothing");
  else if (proxy.problems.length + proxy.moreProblems > 0)
    words.push(`${proxy.problems.length + proxy.moreProblems} problems`);
  return words.join(", ");
}

/** Whether the newest state of the Service is forwarded there, as far as the node's proxy says. */
export function serviceOnNode(service: ServiceRow, node: NodeRow): NodeLiveness {
  const revisions = {
    service: service.key,
    serviceRevision: service.revision,
    sliceRevision: service.sliceRevision,
  };
  const { proxy } = node;
  return livenessOn(
    node.name,
    revisions,
    proxy && { report: { node: node.name, ...proxy }, isAlive: proxy.isAlive },
  );
}
