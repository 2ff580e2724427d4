import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openRouteControl } from "../../kernel/index.ts";
import { needsRoot, runIn } from "../../kernel/testing/kernel-test.ts";
import { silentLogger } from "../../lib/log.ts";
import { runVrrp } from "./run-vrrp.ts";
import { hasAddress, type Machine, makeLan } from "./testing/lan.ts";
import type { Vrrp, VrrpOptions } from "./vrrp.ts";

const options = { ...needsRoot, timeout: 30_000 };
const address = "192.168.0.100";
const routers = (priority: number) => [{ vrid: 1, family: "IPv4", addresses: [address], priority }] as const;

interface Running {
  readonly vrrp: Vrrp;
  readonly stop: AbortController;
  until(state: string): Promise<void>;
}

async function start(
  t: TestContext,
  { namespace }: Machine,
  priority: number,
  more: Partial<VrrpOptions> = {},
) {
  const stop = new AbortController();
  let state = "initialize";
  let wake = () => {};
  const onState: VrrpOptions["onState"] = (status) => {
    state = status.state;
    wake();
  };
  const signal = stop.signal;
  const base = {
    interface: "eth0",
    routers: routers(priority),
    log: silentLogger,
    signal,
    namespace,
    onState,
  };
  const vrrp = await runVrrp({ ...base, ...more });
  t.after(async () => {
    stop.abort();
    await vrrp.ended;
  });
  const until = async (wanted: string) => {
    while (state !== wanted) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { vrrp, stop, until } satisfies Running;
}

test(
  "of two, the higher one has the address; when it is not well the other one takes it, and gives it back",
  options,
  async (t) => {
    const [a, b] = (await makeLan(t, 2)) as [Machine, Machine];
    const [high, low] = [await start(t, a, 200), await start(t, b, 100)];
    await high.until("active");
    assert.deepEqual([hasAddress(a, address), hasAddress(b, address)], [true, false]);
    high.vrrp.setHealthy(false);
    await low.until("active");
    await high.until("initialize");
    assert.deepEqual([hasAddress(a, address), hasAddress(b, address)], [false, true]);
    high.vrrp.setHealthy(true);
    await high.until("active");
    await low.until("backup");
    assert.deepEqual([hasAddress(a, address), hasAddress(b, address)], [true, false]);
    assert.deepEqual([...high.vrrp.status().faults], []);
  },
);

test(
  "a machine whose link goes down gives the address up, and takes part again when it is back",
  options,
  async (t) => {
    const [a, b] = (await makeLan(t, 2)) as [Machine, Machine];
    const [high, low] = [await start(t, a, 200), await start(t, b, 100)];
    await high.until("active");
    runIn(a.namespace, "ip", "link", "set", "eth0", "down");
    await high.until("initialize");
    await low.until("active");
    assert.equal(hasAddress(a, address), false);
    runIn(a.namespace, "ip", "link", "set", "eth0", "up");
    await high.until("active");
    await low.until("backup");
  },
);

test("an address that somebody removes is put back", options, async (t) => {
  const [a] = (await makeLan(t, 1)) as [Machine];
  const back = Promise.withResolvers<void>();
  const warn = (message: string) => message.startsWith("Put back") && back.resolve();
  const { until } = await start(t, a, 200, { log: { ...silentLogger, warn } });
  await until("active");
  runIn(a.namespace, "ip", "address", "del", `${address}/32`, "dev", "eth0");
  await back.promise;
  assert.equal(hasAddress(a, address), true);
});

test(
  "an address of an earlier process that is no router's now is removed, and others are left alone",
  options,
  async (t) => {
    const [a] = (await makeLan(t, 1)) as [Machine];
    await using control = await openRouteControl(a.namespace);
    const linkIndex = (await control.findLink("eth0"))?.index ?? 0;
    await control.addAddress({ linkIndex, address: "192.168.0.50/32", protocol: 112 });
    runIn(a.namespace, "ip", "address", "add", "192.168.0.51/32", "dev", "eth0");
    await start(t, a, 200);
    assert.deepEqual([hasAddress(a, "192.168.0.50"), hasAddress(a, "192.168.0.51")], [false, true]);
  },
);

test("addresses come to and go from a router that is active", options, async (t) => {
  const [a] = (await makeLan(t, 1)) as [Machine];
  const { vrrp, until, stop } = await start(t, a, 200);
  await until("active");
  const changed = [{ vrid: 1, family: "IPv4", addresses: ["192.168.0.101"], priority: 200 }] as const;
  vrrp.setRouters(changed);
  assert.deepEqual(vrrp.status().routers, [{ router: changed[0], state: "active" }]);
  stop.abort();
  await vrrp.ended;
  assert.deepEqual([hasAddress(a, address), hasAddress(a, "192.168.0.101")], [false, false]);
});

test("an interface that is not there, or is loopback, is refused with what is wrong", options, async (t) => {
  const [a] = (await makeLan(t, 1)) as [Machine];
  await assert.rejects(
    start(t, a, 200, { interface: "eth7" }),
    /"eth7": there is no such network interface$/,
  );
  await assert.rejects(start(t, a, 200, { interface: "lo" }), /nobody else is on a loopback interface$/);
});
