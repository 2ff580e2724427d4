import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeAddressEvent,
  decodeLinkEvent,
  decodeNeighbour,
  decodeRouteEvent,
  decodeRule,
  encodeAddAddress,
  encodeAddLink,
  encodeAddNeighbour,
  encodeAddRoute,
  encodeAddRule,
  encodeDeleteAddress,
  encodeListLinks,
  newAddress,
  newLink,
  newRoute,
  parsePrefix,
} from "./index.ts";

const address = { family: 2, prefixLength: 32, flags: 0, scope: 0, index: 3 };
const route = {
  family: 2,
  destinationLength: 0,
  sourceLength: 0,
  tos: 0,
  table: 254,
  protocol: 3,
  scope: 0,
  type: 1,
  flags: 0,
};

test("what one adds is what is told of it", () => {
  assert.deepEqual(
    decodeAddressEvent(encodeAddAddress({ linkIndex: 3, address: "10.1.0.1/24", scope: "host" })),
    {
      kind: "added",
      address: {
        linkIndex: 3,
        family: "IPv4",
        address: "10.1.0.1",
        prefixLength: 24,
        scope: "host",
        tentative: false,
        deprecated: false,
      },
    },
  );
  assert.equal(decodeAddressEvent(encodeDeleteAddress({ linkIndex: 3, address: "::1" }))?.kind, "removed");
  const spec = { destination: "fd00::/8", via: "fe80::1", linkIndex: 3, table: 1000, metric: 5 };
  assert.deepEqual(decodeRouteEvent(encodeAddRoute(spec)), {
    kind: "added",
    route: { ...spec, family: "IPv6", type: "unicast" },
  });
  assert.equal(decodeLinkEvent(encodeAddLink({ kind: "dummy", name: "d0" }))?.link.kind, "dummy");
  const neighbour = { linkIndex: 3, address: "fd00::9", linkLayerAddress: "02:00:00:00:00:09" };
  assert.deepEqual(decodeNeighbour(encodeAddNeighbour(neighbour)), {
    ...neighbour,
    family: "IPv6",
    permanent: true,
  });
  const rule = { family: "IPv6", to: "fd00::/8", table: 300, priority: 9, input: "lo" } as const;
  assert.deepEqual(decodeRule(encodeAddRule(rule)), { ...rule, action: "lookup" });
});

test("messages about something else are passed over", () => {
  const list = encodeListLinks();
  for (const decode of [decodeAddressEvent, decodeLinkEvent, decodeRouteEvent, decodeNeighbour, decodeRule])
    assert.equal(decode(list), undefined, decode.name);
  const bridgePort = { family: 7, type: 1, index: 3, flags: 1, change: 0, name: "port" };
  assert.equal(decodeLinkEvent(newLink.encode(bridgePort, { flags: 0 })), undefined);
  assert.equal(decodeRouteEvent(newRoute.encode({ ...route, flags: 0x200 }, { flags: 0 })), undefined);
});

test("the far end of a link between two is not an address of the node", () => {
  const message = newAddress.encode({ ...address, local: "10.0.0.1", address: "10.0.0.2" }, { flags: 0 });
  assert.equal(decodeAddressEvent(message)?.address.address, "10.0.0.1");
});

test("flags that do not fit the old field are read from the new one", () => {
  const rows = [
    [0x40, true],
    [0x08, true],
    [0x80, false],
  ] as const;
  for (const [flags32, tentative] of rows) {
    const message = newAddress.encode({ ...address, family: 10, address: "fd00::1", flags32 }, { flags: 0 });
    assert.equal(decodeAddressEvent(message)?.address.tentative, tentative);
  }
});

test("a prefix is read in both families, and anything else refused", () => {
  assert.deepEqual(parsePrefix("fd00::/8"), { family: "IPv6", address: "fd00::", length: 8 });
  assert.deepEqual(parsePrefix("10.0.0.1"), { family: "IPv4", address: "10.0.0.1", length: 32 });
  for (const text of ["", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/8/8", "eth0/8", "10.0.0.0/-1"])
    assert.throws(() => parsePrefix(text), RangeError, text);
});
