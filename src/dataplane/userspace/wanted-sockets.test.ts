import assert from "node:assert/strict";
import { test } from "node:test";
import { backend, type Frontend, type Target } from "../../forwarding/index.ts";
import { forwardTo, makeFrontend, makeTable, nodeAddress } from "./testing.ts";
import { listWantedSockets } from "./wanted-sockets.ts";

const target = forwardTo(backend("127.3.2.1", 80, true));
const reject: Target = { kind: "reject", reason: "no-endpoints" };
const drop: Target = { kind: "drop", reason: "no-local-endpoints" };

const rows: readonly {
  name: string;
  frontends: readonly Frontend[];
  sockets: readonly string[];
  problems?: readonly string[];
}[] = [
  { name: "a node port", frontends: [makeFrontend(30080, target)], sockets: [`TCP/${nodeAddress}:30080`] },
  { name: "nobody to serve it", frontends: [makeFrontend(30080, reject)], sockets: [] },
  { name: "silence", frontends: [makeFrontend(30080, drop)], sockets: [`TCP/${nodeAddress}:30080`] },
  {
    name: "a cluster address",
    frontends: [makeFrontend(53, target, { kind: "ClusterIP", address: "127.3.5.1", protocol: "UDP" })],
    sockets: ["UDP/127.3.5.1:53"],
  },
  {
    name: "a node port of the other family",
    frontends: [makeFrontend(30080, target, { family: "IPv6" })],
    sockets: [],
  },
  {
    name: "SCTP",
    frontends: [makeFrontend(30080, target, { protocol: "SCTP" })],
    sockets: [],
    problems: ["not-supported"],
  },
  {
    name: "a node port that is an external address, too",
    frontends: [
      makeFrontend(30080, target),
      makeFrontend(30080, target, { kind: "ExternalIP", address: nodeAddress }),
    ],
    sockets: [`TCP/${nodeAddress}:30080`],
    problems: ["address-in-use"],
  },
];

for (const { name, frontends, sockets, problems = [] } of rows) {
  test(`listWantedSockets: ${name}`, () => {
    const wanted = listWantedSockets(makeTable(...frontends));
    assert.deepEqual([...wanted.sockets.keys()], sockets);
    assert.deepEqual(
      wanted.problems.map(({ code }) => code),
      problems,
    );
  });
}

test("listWantedSockets puts a Service's address before a node port", () => {
  const external = makeFrontend(30080, target, { kind: "ExternalIP", address: nodeAddress });
  const wanted = listWantedSockets(makeTable(makeFrontend(30080, target), external));
  assert.equal(wanted.sockets.get(`TCP/${nodeAddress}:30080`)?.frontend, external);
});
