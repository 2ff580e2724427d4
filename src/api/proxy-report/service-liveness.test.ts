import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EndpointSlice } from "../endpoint-slice.ts";
import type { Service } from "../service.ts";
import type { ProxyReport } from "./proxy-report.ts";
import { type HeardReport, livenessOn, type NodeState, revisionsOf } from "./service-liveness.ts";

const service = (name: string, resourceVersion: string, more: Partial<Service["spec"]> = {}, labels = {}) =>
  ({
    metadata: { name, namespace: "default", resourceVersion, labels },
    spec: { type: "NodePort", clusterIP: "10.96.0.1", ...more },
  }) as Service;

const slice = (of: string, resourceVersion: string) =>
  ({
    metadata: {
      name: `${of}-${resourceVersion}`,
      namespace: "default",
      resourceVersion,
      labels: { "kubernetes.io/service-name": of },
    },
  }) as unknown as EndpointSlice;

describe("revisionsOf", () => {
  test("takes the newest of a Service's slices", () => {
    const revisions = revisionsOf(
      [service("web", "7")],
      [slice("web", "9"), slice("web", "8"), slice("db", "50")],
    );
    assert.deepEqual(revisions.get("default/web"), {
      service: "default/web",
      serviceRevision: 7,
      sliceRevision: 9,
    });
  });

  const others: readonly (readonly [name: string, service: Service])[] = [
    ["a headless Service", service("a", "1", { clusterIP: "None" })],
    ["an ExternalName", service("a", "1", { type: "ExternalName" })],
    ["another proxy's", service("a", "1", {}, { "service.kubernetes.io/service-proxy-name": "cilium" })],
  ];
  for (const [name, one] of others) {
    test(`leaves out ${name}`, () => assert.equal(revisionsOf([one], []).size, 0));
  }
});

describe("livenessOn", () => {
  const wanted = { service: "default/web", serviceRevision: 7, sliceRevision: 9 };
  const heard = (report: Partial<ProxyReport>, isAlive = true): HeardReport => ({
    isAlive,
    report: {
      node: "n",
      mode: "nftables",
      services: 9,
      endpointSlices: 9,
      programmed: 1,
      problems: [],
      moreProblems: 0,
      ...report,
    },
  });
  const problem = { service: "default/web", message: "in use" };
  const rows: readonly (readonly [name: string, heard: HeardReport | undefined, state: NodeState])[] = [
    ["has all changes", heard({}), "live"],
    ["has other Services' problems", heard({ problems: [{ ...problem, service: "default/db" }] }), "live"],
    ["has an older Service", heard({ services: 6 }), "behind"],
    ["has an older slice", heard({ endpointSlices: 8 }), "behind"],
    ["cannot forward it", heard({ problems: [problem] }), "problem"],
    ["has more problems than it tells", heard({ moreProblems: 1 }), "problem"],
    ["can do nothing", heard({ failure: "no rights" }), "failed"],
    ["does not renew its report", heard({}, false), "silent"],
    ["has never reported", undefined, "unknown"],
  ];
  for (const [name, report, state] of rows) {
    test(`a node that ${name} is ${state}`, () => {
      assert.equal(livenessOn("n", wanted, report).state, state);
    });
  }
});
