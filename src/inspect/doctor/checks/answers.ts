/** Checks of what was answered when nodes and endpoints were asked. */
import { joinHostPort } from "../../../forwarding/index.ts";
import type { Check, Finding } from "../check.ts";
import type { Facts } from "../facts.ts";
import type { ProbeResult } from "../probe.ts";
import { listed, type ServiceFacts } from "../service-facts.ts";

type Answer = ProbeResult & {
  readonly target: Extract<ProbeResult["target"], { kind: "node-port" | "endpoint" }>;
};

export const answerChecks: readonly Check[] = [
  {
    id: "endpoint-refuses",
    severity: "error",
    title: "A ready pod refuses connections on the target port",
    explanation: `The pod is ready and is an endpoint, but nobody listens at its address on the port that the Service leads to. Clients that are led there are refused.

Either the program listens on another port than targetPort says, or it listens on 127.0.0.1 only: inside a pod it must listen on 0.0.0.0 or [::]. A readiness probe of the same port would have kept the pod out of the endpoints.`,
    find: (facts) =>
      facts.services.flatMap((service) => {
        const refusing = answersOf(facts, service, "endpoint").filter(
          ({ outcome }) => outcome.kind === "refused",
        );
        if (refusing.length === 0) return [];
        return [
          {
            object: `Service ${service.key}`,
            evidence: `${listed(refusing.map(place))} ${refusing.length === 1 ? "refuses" : "refuse"}`,
            advice:
              "Let the program listen on 0.0.0.0 and on the port that targetPort names, and give it a readiness probe",
          },
        ];
      }),
  },
  {
    id: "node-port-lacking",
    severity: "error",
    title: "Some nodes do not answer on the NodePort while others do",
    explanation: `The same NodePort answers on some nodes and not on others, though all of them should lead it to a ready endpoint. The proxy of the silent nodes does not run, is stale, or cannot program the port; a refusal points to the proxy, silence to a firewall or a route.

"porthole trace ADDRESS:PORT" says what the node should do.`,
    find: (facts) =>
      facts.services.flatMap((service) => {
        const { good, bad } = judged(facts, service);
        return good.length > 0 && bad.length > 0 ? [lacking(service, bad)] : [];
      }),
  },
  {
    id: "node-port-silent",
    severity: "error",
    title: "No node answers on the NodePort",
    explanation: `The Service has ready endpoints, but none of the nodes leads to them. If they refuse, no proxy has programmed the port: see whether one runs at all. If they are silent, something between here and the nodes drops the packets: a firewall on the nodes (NodePorts are 30000-32767, TCP and UDP), a cloud's security group, a route that is missing.`,
    find: (facts) =>
      facts.services.flatMap((service) => {
        const { good, bad } = judged(facts, service);
        return good.length === 0 && bad.length > 0 ? [lacking(service, bad)] : [];
      }),
  },
];

function lacking({ key }: ServiceFacts, bad: readonly Answer[]): Finding {
  const refuse = bad.some(({ outcome }) => outcome.kind === "refused");
  return {
    object: `Service ${key}`,
    evidence: listed(bad.map((answer) => `${answer.target.node} (${place(answer)}) ${said(answer)}`)),
    advice: refuse
      ? "See that the proxy of these nodes runs, and what it logs"
      : "See that no firewall between here and these nodes drops the port",
  };
}

/**
 * NodePorts of nodes that should answer. With policy Local, nodes without an endpoint are right to be silent; and where endpoints
 * themselves refuse, what nodes say tells nothing of the nodes.
 */
function judged(facts: Facts, service: ServiceFacts): { good: readonly Answer[]; bad: readonly Answer[] } {
  const ready = service.endpoints.filter(({ conditions }) => conditions?.ready ?? true);
  const refused = answersOf(facts, service, "endpoint").some(({ outcome }) => outcome.kind === "refused");
  if (refused) return { good: [], bad: [] };
  const isLocal = service.service.spec.externalTrafficPolicy === "Local";
  const local = new Set(ready.map(({ nodeName }) => nodeName));
  const answers = answersOf(facts, service, "node-port").filter(
    ({ target }) => ready.length > 0 && (!isLocal || local.has(target.node)),
  );
  return {
    good: answers.filter(({ outcome }) => outcome.kind === "answered"),
    bad: answers.filter(({ outcome }) => outcome.kind === "refused" || outcome.kind === "silent"),
  };
}

function answersOf(
  { probes }: Facts,
  { key }: ServiceFacts,
  kind: "node-port" | "endpoint",
): readonly Answer[] {
  return probes.filter(
    (result): result is Answer => result.target.kind === kind && result.target.service === key,
  );
}

function place({ target: { address, port } }: Answer): string {
  return joinHostPort(address, port);
}

function said({ outcome }: Answer): string {
  return outcome.kind === "refused" ? "refuses" : "does not answer";
}
