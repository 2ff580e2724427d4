import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../api/pod.ts";
import type { Service } from "../../api/service.ts";
import { narratePod, narrateService } from "./narrate.ts";

const metadata = {
  name: "web",
  namespace: "default",
  uid: "u",
  resourceVersion: "1",
  creationTimestamp: "2026-01-01T00:00:00Z",
};

function makePod(status: Pod["status"], change: Partial<Pod["metadata"]> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, ...change },
    spec: { containers: [], nodeName: "node-1" },
    status,
  };
}

const ready = makePod({
  phase: "Running",
  podIP: "127.0.2.1",
  conditions: [{ type: "Ready", status: "True" }],
});
const running = makePod({ phase: "Running", podIP: "127.0.2.1" });

const podRows: readonly { name: string; previous?: Pod; next?: Pod; says: string | undefined }[] = [
  {
    name: "a pod that became ready",
    previous: running,
    next: ready,
    says: "pod       web  Ready on node-1 at 127.0.2.1",
  },
  {
    name: "a heartbeat",
    previous: ready,
    next: makePod(ready.status, { resourceVersion: "2" }),
    says: undefined,
  },
  { name: "a pod that is gone", previous: ready, says: "pod       web  deleted" },
  {
    name: "a pod that is asked to end",
    previous: ready,
    next: makePod(ready.status, { deletionTimestamp: "2026-01-01T00:01:00Z" }),
    says: "pod       web  Terminating on node-1",
  },
  {
    name: "a container that cannot start",
    next: makePod({
      phase: "Pending",
      containerStatuses: [
        {
          name: "c",
          ready: false,
          restartCount: 1,
          image: "x",
          imageID: "",
          state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } },
        },
      ],
    }),
    says: "pod       web  CrashLoopBackOff on node-1: back-off 10s",
  },
];

for (const { name, previous, next, says } of podRows) {
  test(`narratePod tells of ${name}`, () => assert.equal(narratePod(previous, next), says));
}

test("narrateService shows the way from the NodePort to the pod's port", () => {
  const service: Service = {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: "NodePort",
      sessionAffinity: "None",
      ports: [{ port: 80, targetPort: 8080, nodePort: 30_080, protocol: "TCP" }],
    },
    status: {},
  };
  assert.equal(narrateService(undefined, service), "service   web  NodePort  30080 → 80 → 8080");
});
