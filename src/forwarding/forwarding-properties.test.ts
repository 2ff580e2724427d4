import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { buildForwardingTable, type ForwardingInput } from "./build-forwarding-table.ts";
import { decide } from "./decide.ts";
import { readEndpoints } from "./endpoint.ts";
import type { ForwardingTable, Frontend } from "./forwarding-table.ts";
import { joinHostPort } from "./ip-address.ts";
import { scopeOf } from "./source-scope.ts";
import { backendsOf } from "./table-diff.ts";
import { anyObjects } from "./testing/arbitraries.ts";
import { plainUpdate } from "./testing/plain-update.ts";

const holds = (check: (input: ForwardingInput & { readonly table: ForwardingTable }) => void) =>
  fc.assert(
    fc.property(anyObjects, (input) => check({ ...input, table: buildForwardingTable(input).table })),
  );

/** What the slices say of the endpoints behind a frontend, best state first where one address is there twice. */
function endpointsBehind({ endpointSlices, node }: ForwardingInput, { service, family }: Frontend) {
  const own = [...endpointSlices].filter(
    ({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service.name,
  );
  return readEndpoints(own, node.name).get(`${family}/TCP/`) ?? [];
}

describe("whatever the objects are", () => {
  test("their order does not matter", () => {
    fc.assert(
      fc.property(
        anyObjects,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (input, dice) => {
          const shuffle = <T>(items: readonly T[]) =>
            items
              .map((item) => ({ item, at: dice.next().value ?? 0 }))
              .sort((a, b) => a.at - b.at)
              .map(({ item }) => item);
          const { services, endpointSlices, node } = input;
          assert.deepEqual(
            plainUpdate(
              buildForwardingTable({
                node,
                services: shuffle(services),
                endpointSlices: shuffle(endpointSlices),
              }),
            ),
            plainUpdate(buildForwardingTable(input)),
          );
        },
      ),
    );
  });

  test("no endpoint that neither is ready nor serves while it terminates gets traffic", () => {
    holds((input) => {
      for (const frontend of input.table.frontends.values()) {
        const usable = endpointsBehind(input, frontend)
          .filter(({ ready, serving, terminating }) => ready || (serving && terminating))
          .map(({ backend }) => backend.key);
        for (const { key } of backendsOf(frontend))
          assert.ok(usable.includes(key), `${frontend.key}: ${key}`);
      }
    });
  });

  test("policy Local never leads what comes from outside off the node", () => {
    holds(({ table }) => {
      for (const { masquerade, external, key } of table.frontends.values()) {
        if (masquerade || external.kind !== "forward") continue;
        assert.ok(
          external.backends.every(({ local }) => local),
          key,
        );
      }
    });
  });

  test("a frontend refuses exactly when nobody serves anywhere", () => {
    holds((input) => {
      for (const frontend of input.table.frontends.values()) {
        const somebody = endpointsBehind(input, frontend).some(
          ({ ready, serving, terminating }) => ready || (serving && terminating),
        );
        assert.equal(frontend.external.kind === "reject", !somebody, frontend.key);
        assert.equal(frontend.internal.kind === "reject", !somebody, frontend.key);
      }
    });
  });

  test("hints never leave a node without an endpoint that others have", () => {
    holds(({ table }) => {
      for (const { kind, internal, key } of table.frontends.values()) {
        if (kind !== "ClusterIP") assert.notEqual(internal.kind, "drop", key);
      }
    });
  });

  test("backends are ordered, and none is there twice", () => {
    holds(({ table }) => {
      for (const { external, internal, key } of table.frontends.values()) {
        for (const target of [external, internal]) {
          if (target.kind !== "forward") continue;
          const keys = target.backends.map((backend) => backend.key);
          assert.deepEqual(keys, [...new Set(keys)].sort(), key);
          assert.ok(keys.length > 0, key);
        }
      }
    });
  });

  test("frontends are in the order of their keys, and no two have one place", () => {
    holds(({ table }) => {
      const keys = [...table.frontends.keys()];
      assert.deepEqual(keys, [...keys].sort());
      const places = keys.map((key) => key.slice(key.indexOf("/")));
      assert.equal(new Set(places).size, places.length, keys.join());
    });
  });

  test("decide leads every packet to a backend of its frontend's, and to one at least", () => {
    const sources = [
      "203.0.113.1",
      "10.180.1.1",
      "192.168.0.1",
      "2001:db8::1",
      "fd00:180:1::1",
      "fd00:192::1",
    ];
    holds(({ table }) => {
      for (const frontend of table.frontends.values()) {
        const own = table.nodePortAddresses.find(
          (address) => address.includes(":") === (frontend.family === "IPv6"),
        );
        const to = frontend.address ?? own;
        if (to === undefined) continue;
        for (const address of sources.filter((source) => source.includes(":") === to.includes(":"))) {
          const from = { address, scope: scopeOf(table, address) };
          const decision = decide(table, { from, to, protocol: "TCP", port: frontend.port });
          const about = `${address} -> ${joinHostPort(to, frontend.port)}`;
          assert.ok(decision.verdict !== "not-ours" && decision.frontend === frontend, about);
          if (decision.verdict !== "forward") continue;
          assert.ok(decision.backends.length > 0, about);
          const known = backendsOf(frontend).map(({ key }) => key);
          assert.ok(
            decision.backends.every(({ key }) => known.includes(key)),
            about,
          );
        }
      }
    });
  });
});
