/** Checks of what is behind a Service. */
import type { Pod } from "../../../api/pod.ts";
import { type Check, serviceCheck } from "../check.ts";
import { isPodReady, listed, podKey, type ServiceFacts } from "../service-facts.ts";
import { hasNamedPorts } from "./target-ports.ts";

export const endpointChecks: readonly Check[] = [
  serviceCheck({
    id: "selector-matches-nothing",
    severity: "error",
    title: "The Service's selector matches no pod",
    explanation: `A Service leads traffic to the pods whose labels are those of its selector. No pod of its namespace has them all, so the Service has no endpoints and clients are refused.

Often a label is misspelled on one side, or the pods are in another namespace: a selector never reaches beyond its own. Compare "kubectl get service NAME -o yaml" (spec.selector) with "kubectl get pods --show-labels", and change one of them.`,
    find: ({ hasSelector, pods, selector, neighbours }) => {
      if (!hasSelector || pods.length > 0) return undefined;
      const near = nearestPod(neighbours, selector);
      return {
        evidence:
          `No pod has ${textOf(selector)}` +
          (near ? `; nearest is pod ${podKey(near.pod)}, which has ${near.has}` : ""),
        advice:
          "Make the selector and the pods' labels the same, or create the pods in the Service's namespace",
      };
    },
  }),
  serviceCheck({
    id: "no-selector-no-endpoints",
    severity: "error",
    title: "The Service has neither a selector nor endpoints",
    explanation: `Without a selector nobody makes EndpointSlices for a Service: whoever wants it to lead somewhere writes them by hand, with the label kubernetes.io/service-name. There are none, so clients are refused.

Give the Service a selector, or create an EndpointSlice for it.`,
    find: ({ hasSelector, endpoints, key }) =>
      hasSelector || endpoints.length > 0
        ? undefined
        : {
            evidence: "spec.selector is empty, and no EndpointSlice with an endpoint names it",
            advice: `Set spec.selector, or create an EndpointSlice labelled kubernetes.io/service-name=${key.split("/")[1]}`,
          },
  }),
  serviceCheck({
    id: "no-ready-pod",
    severity: "error",
    title: "None of the Service's pods is ready",
    explanation: `The selector matches pods, but none of them is Ready, so none of them gets traffic. A pod is ready when all of its containers run and their readiness probes succeed.

Look at what keeps them from it: "kubectl describe pod NAME" (its last lines are the Events) and "kubectl logs NAME".`,
    find: ({ pods, service }) => {
      if (pods.length === 0 || pods.some(isPodReady) || service.spec.publishNotReadyAddresses)
        return undefined;
      return {
        evidence: `${pods.length} ${pods.length === 1 ? "pod matches" : "pods match"}: ${listed(pods.map(whyNotReady))}`,
        advice: `Mend the pod first: kubectl describe pod -n ${service.metadata.namespace} ${pods[0]?.metadata.name}`,
      };
    },
  }),
  serviceCheck({
    id: "some-pods-unready",
    severity: "warning",
    title: "Some of the Service's pods are not ready",
    explanation: `Traffic goes to the ready pods only; the others are left out until their readiness probes succeed. That is what readiness is for, but it leaves less capacity than was meant, and with externalTrafficPolicy Local whole nodes may drop out.`,
    find: ({ pods }) => {
      const unready = pods.filter((pod) => !isPodReady(pod) && pod.metadata.deletionTimestamp === undefined);
      if (unready.length === 0 || unready.length === pods.length) return undefined;
      return {
        evidence: `${unready.length} of ${pods.length} pods: ${listed(unready.map(whyNotReady))}`,
        advice: "Look at their readiness probes and logs, or wait if they have only started",
      };
    },
  }),
  serviceCheck({
    id: "endpoints-missing",
    severity: "error",
    title: "Ready pods are in no EndpointSlice",
    explanation: `The Service's pods are ready, but the EndpointSlices, by which all proxies know them, do not have them. The controller that writes the slices does not run, cannot write, or has not come to it yet.

In Kubernetes that is kube-controller-manager's endpointslice-controller, here "porthole controllers". Look whether it runs and what it logs. Slices written by hand must have the label kubernetes.io/service-name.`,
    find: ({ service, pods, endpoints, slices }) => {
      const known = new Set(endpoints.flatMap(({ addresses }) => addresses));
      const families = new Set(slices.map(({ addressType }) => addressType));
      const missing = pods.filter(
        (pod) =>
          isPodReady(pod) &&
          hasNamedPorts(pod, service) &&
          pod.metadata.deletionTimestamp === undefined &&
          (pod.status.podIPs ?? []).some(({ ip }) => isOfFamily(ip, families) && !known.has(ip)),
      );
      if (missing.length === 0) return undefined;
      return {
        evidence: `${listed(missing.map(podKey))} ${missing.length === 1 ? "is" : "are"} ready and in none of its ${slices.length} EndpointSlices`,
        advice: "See that the endpoint slice controller runs and can write",
      };
    },
  }),
  serviceCheck({
    id: "endpoints-stale",
    severity: "warning",
    title: "EndpointSlices hold addresses that no pod has",
    causes: ["endpoint-refuses", "node-port-lacking", "node-port-silent"],
    explanation: `Some endpoints of this Service name a pod that is gone, or an address that no pod of the selector has. Connections led there time out or reach something else.

The controller that writes the slices does not run or lags behind. A slice that somebody wrote by hand for a Service with a selector is not kept up by anybody: delete it.`,
    find: ({ hasSelector, pods, endpoints }) => {
      if (!hasSelector) return undefined;
      const own = new Set(
        pods.flatMap(({ status }) => [status.podIP, ...(status.podIPs ?? []).map(({ ip }) => ip)]),
      );
      const stale = endpoints.filter(
        ({ addresses, conditions }) =>
          conditions?.ready !== false && !addresses.some((address) => own.has(address)),
      );
      if (stale.length === 0) return undefined;
      return {
        evidence: `${listed(stale.map(({ addresses }) => addresses[0] ?? ""))} ${stale.length === 1 ? "is an endpoint, but no" : "are endpoints, but no"} pod of the selector has ${stale.length === 1 ? "it" : "them"}`,
        advice: "See that the endpoint slice controller runs; delete slices that were written by hand",
      };
    },
  }),
  serviceCheck({
    id: "only-terminating",
    severity: "warning",
    title: "Only pods that terminate serve it",
    explanation: `No endpoint is ready, but some that are about to end still serve, and proxies lead traffic to those as a last resort (KEP-1669). When they are gone, clients are refused.

It happens when all pods of a Deployment are replaced at once, or when it is scaled to zero.`,
    find: ({ endpoints }) => {
      const last = endpoints.filter(
        ({ conditions }) => conditions?.terminating && (conditions.serving ?? false),
      );
      if (last.length === 0 || endpoints.some(({ conditions }) => conditions?.ready ?? true))
        return undefined;
      return {
        evidence: `${last.length} of its endpoints terminate and serve, none is ready`,
        advice: "Wait for the new pods, or raise maxSurge or replicas",
      };
    },
  }),
  serviceCheck({
    id: "unready-published",
    severity: "info",
    title: "Pods get traffic before they are ready",
    explanation: `spec.publishNotReadyAddresses makes every pod an endpoint, ready or not. Peers of a stateful set need that to find each other; a NodePort with it leads clients to pods that cannot answer yet.`,
    find: ({ service, pods, nodePorts }) => {
      const unready = pods.filter((pod) => !isPodReady(pod));
      if (!service.spec.publishNotReadyAddresses || nodePorts.length === 0 || unready.length === 0)
        return undefined;
      return {
        evidence: `spec.publishNotReadyAddresses is true, and ${listed(unready.map(podKey))} not ready`,
        advice: "Use a second, headless Service for peers, and leave the field out here",
      };
    },
  }),
];

function textOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

/** The pod that has most of the selector's labels, or at least its keys. */
function nearestPod(
  pods: readonly Pod[],
  selector: Readonly<Record<string, string>>,
): { readonly pod: Pod; readonly has: string } | undefined {
  const keys = Object.keys(selector);
  let best: { pod: Pod; score: number } | undefined;
  for (const pod of pods) {
    const labels = pod.metadata.labels ?? {};
    const score = keys.reduce(
      (sum, key) => sum + (labels[key] === selector[key] ? 2 : key in labels ? 1 : 0),
      0,
    );
    if (score > (best?.score ?? 0)) best = { pod, score };
  }
  if (!best) return undefined;
  const labels = best.pod.metadata.labels ?? {};
  const has = Object.fromEntries(
    keys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])),
  );
  return { pod: best.pod, has: textOf(has) };
}

/** `default/web-0 (CrashLoopBackOff)` */
function whyNotReady(pod: Pod): string {
  const { status } = pod;
  const waiting = (status.containerStatuses ?? []).find(({ state }) => state?.waiting?.reason)?.state
    ?.waiting;
  const unscheduled = (status.conditions ?? []).find(
    ({ type, status: value }) => type === "PodScheduled" && value === "False",
  );
  const reason =
    waiting?.reason ??
    (unscheduled ? "not scheduled" : status.phase === "Running" ? "its readiness probe fails" : status.phase);
  return `${podKey(pod)} (${reason ?? "Pending"})`;
}

function isOfFamily(
  ip: string,
  families: ReadonlySet<ServiceFacts["slices"][number]["addressType"]>,
): boolean {
  return families.size === 0 || families.has(ip.includes(":") ? "IPv6" : "IPv4");
}
