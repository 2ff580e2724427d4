import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { activeDownMs, checkRouters, skewMs, type VirtualRouter } from "./virtual-router.ts";

const router: VirtualRouter = { vrid: 1, family: "IPv4", addresses: ["192.168.0.10"], priority: 100 };

const refused: readonly { readonly routers: readonly VirtualRouter[]; readonly message: RegExp }[] = [
  {
    routers: [{ ...router, vrid: 0 }],
    message: /^Virtual router IPv4\/0: vrid 0 is no integer from 1 to 255$/,
  },
  { routers: [{ ...router, priority: 256 }], message: /priority 256 is no integer/ },
  { routers: [{ ...router, addresses: [] }], message: /it has 0 addresses, 1 to 64 are possible/ },
  { routers: [{ ...router, addresses: ["fd00::1"] }], message: /"fd00::1" is no IPv4 address/ },
  { routers: [{ ...router, addresses: ["192.168.0.10/33"] }], message: /no prefix length from 0 to 32/ },
  { routers: [{ ...router, addresses: ["192.168.0.300"] }], message: /"192.168.0.300" is no IP address/ },
  {
    routers: [{ ...router, advertIntervalMs: 15 }],
    message: /advertIntervalMs 15 is no multiple of 10 from 10/,
  },
  { routers: [{ ...router, advertIntervalMs: 41_000 }], message: /advertIntervalMs 41000/ },
  { routers: [{ ...router, preemptDelayMs: -1 }], message: /preemptDelayMs -1/ },
  {
    routers: [router, { ...router, addresses: ["192.168.0.11"] }],
    message: /Two virtual routers are called IPv4\/1/,
  },
  {
    routers: [router, { ...router, vrid: 2 }],
    message: /IPv4\/1 and IPv4\/2 both have 192\.168\.0\.10|both have/,
  },
];

for (const { routers, message } of refused) {
  test(`routers are refused with what to do: ${message.source}`, () => {
    assert.throws(() => checkRouters(routers), { name: "RangeError", message });
  });
}

test("routers of both families may have one vrid", () => {
  checkRouters([router, { ...router, family: "IPv6", addresses: ["fd00::10/64", "fd00::11"] }]);
});

test("with the default interval, a takeover comes after 0.6 s of silence and before 0.8 s", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 254 }), (priority) => {
      const down = activeDownMs(priority, 200);
      assert.ok(down > 600 && down < 800, `${down} ms`);
    }),
  );
});

test("whoever has a higher priority takes over first", () => {
  assert.deepEqual(
    [255, 128, 1].map((priority) => skewMs(priority, 256)),
    [1, 128, 255],
  );
});
