/** Checks of the nodes and their proxies. */
import { isNodeReady } from "../../../api/node.ts";
import {
  aboutToBeDeleted,
  excludedFromBalancers,
  isEligibleForTraffic,
  statedAddresses,
} from "../../../proxy/index.ts";
import type { Check } from "../check.ts";

export const nodeChecks: readonly Check[] = [
  {
    id: "no-nodes",
    severity: "error",
    title: "The cluster has no nodes",
    explanation: "NodePorts answer on nodes. A cluster without nodes has nowhere to answer.",
    find: ({ objects }) =>
      objects.nodes.length > 0
        ? []
        : [{ object: "Cluster", evidence: "The API lists no Node", advice: "Join a node to the cluster" }],
  },
  {
    id: "node-not-ready",
    severity: "error",
    title: "A node is not ready",
    explanation: `The node's agent has not reported for a while, or it reports that it cannot run pods. Its pods are taken out of the endpoints. What its kernel holds stays as it was, so its NodePorts may still answer, with endpoints as they were when it was last heard of.

Look at the conditions: kubectl describe node NAME.`,
    find: ({ objects }) =>
      objects.nodes
        .filter((node) => !isNodeReady(node))
        .map(({ metadata, status }) => {
          const condition = (status.conditions ?? []).find(({ type }) => type === "Ready");
          const because = [condition?.reason, condition?.message].filter(Boolean).join(": ");
          return {
            object: `Node ${metadata.name}`,
            evidence: condition
              ? `Ready is ${condition.status}${because ? ` (${because})` : ""}`
              : "It has no Ready condition",
            advice: "See that its agent runs and reaches the API server",
          };
        }),
  },
  {
    id: "node-without-address",
    severity: "error",
    title: "A node states no address",
    explanation:
      "Proxies answer at the addresses that the Node object states (status.addresses, InternalIP and ExternalIP). This one states none, as where the node's agent or a cloud's controller has not filled them in.",
    find: ({ objects }) =>
      objects.nodes
        .filter((node) => statedAddresses(node).length === 0)
        .map(({ metadata }) => ({
          object: `Node ${metadata.name}`,
          evidence: "status.addresses has no InternalIP and no ExternalIP",
          advice:
            "Start the node's agent with its address (kubelet --node-ip), or see that the cloud's controller runs",
        })),
  },
  {
    id: "node-leaving",
    severity: "info",
    title: "A node is about to leave, or is kept out of load balancers",
    explanation: `Load balancers send nothing new to a node that is being deleted, that the cluster autoscaler is about to delete (taint ${aboutToBeDeleted}), or that has the label ${excludedFromBalancers}. Its NodePorts work until it is gone.`,
    find: ({ objects }) =>
      objects.nodes.flatMap(({ metadata, spec }) => {
        const why =
          metadata.deletionTimestamp !== undefined
            ? "it is being deleted"
            : (spec.taints ?? []).some(({ key }) => key === aboutToBeDeleted)
              ? `it has the taint ${aboutToBeDeleted}`
              : metadata.labels?.[excludedFromBalancers] !== undefined
                ? `it has the label ${excludedFromBalancers}`
                : undefined;
        if (why === undefined) return [];
        return [
          { object: `Node ${metadata.name}`, evidence: why, advice: "Nothing, if that is what you want" },
        ];
      }),
  },
  {
    id: "proxy-unhealthy",
    severity: "error",
    title: "A node's proxy says that it is not healthy",
    explanation: `Port 10256 of a node is its proxy's health check (kube-proxy's --healthz-bind-address). It fails when a change has waited too long to be programmed: the proxy is stuck, and what the node forwards is stale. It fails, too, when the node is about to be deleted; that is meant, and is no finding.

Read the proxy's log. Restarting it is safe: what the kernel holds stays.`,
    find: ({ probes, objects }) => {
      const leaving = new Set(
        objects.nodes.filter((node) => !isEligibleForTraffic(node)).map(({ metadata }) => metadata.name),
      );
      return probes.flatMap(({ target, outcome }) =>
        target.kind === "proxy-health" &&
        outcome.kind === "answered" &&
        outcome.status !== 200 &&
        !leaving.has(target.node)
          ? [
              {
                object: `Node ${target.node}`,
                evidence: `${target.address}:${target.port}/healthz answers ${outcome.status}`,
                advice: "Read the log of the node's proxy, and start it again",
              },
            ]
          : [],
      );
    },
  },
  {
    id: "proxy-not-running",
    severity: "error",
    title: "No proxy runs on a node",
    explanation: `Nobody listens at port 10256 of the node, where its proxy's health check is. Without a proxy what the kernel holds stays as it is and grows stale, and a node that has just started forwards nothing.

If your proxy has another --healthz-bind-address, or none, this says nothing.`,
    find: ({ probes }) =>
      probes.flatMap(({ target, outcome }) =>
        target.kind === "proxy-health" && outcome.kind === "refused"
          ? [
              {
                object: `Node ${target.node}`,
                evidence: `${target.address}:${target.port} refuses`,
                advice: "See that kube-proxy or porthole proxy runs there",
              },
            ]
          : [],
      ),
  },
];
