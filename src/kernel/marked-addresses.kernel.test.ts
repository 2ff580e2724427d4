import assert from "node:assert/strict";
import { test } from "node:test";
import { openRouteControl } from "./route.ts";
import { watchRoute } from "./route-events.ts";
import { ipJson, needsRoot } from "./testing/kernel-test.ts";
import { linkedNamespaces } from "./testing/linked-namespaces.ts";

test(
  "an address goes by itself when its time is over, and not while it is replaced",
  needsRoot,
  async (t) => {
    const [{ namespace, linkIndex }] = await linkedNamespaces(t);
    await using control = await openRouteControl(namespace);
    const gone = Promise.withResolvers<string>();
    using _ = await watchRoute(
      {
        address: ({ kind, address: { address } }) => kind === "removed" && gone.resolve(address),
        lost: () => gone.reject(new Error("Lost events")),
      },
      namespace,
    );
    await control.addAddress({ linkIndex, address: "192.168.0.100/32", validSeconds: 1 });
    await control.addAddress({ linkIndex, address: "192.168.0.101/32", validSeconds: 1 });
    await control.addAddress({ linkIndex, address: "192.168.0.100/32", validSeconds: 60 }, { replace: true });
    assert.equal(await gone.promise, "192.168.0.101");
  },
);

test("an address carries who made it, and may be none for new connections", needsRoot, async (t) => {
  const [{ namespace, linkIndex }] = await linkedNamespaces(t);
  await using control = await openRouteControl(namespace);
  const made = { linkIndex, protocol: 112, noDuplicateDetection: true, deprecated: true };
  await control.addAddress({ ...made, address: "192.168.0.100/32" });
  await control.addAddress({ ...made, address: "fd00::100/128" });
  const listed = await control.listAddresses({ linkIndex });
  const marked = listed.filter(({ protocol }) => protocol === 112);
  assert.deepEqual(
    marked.map(({ address, deprecated, tentative }) => ({ address, deprecated, tentative })),
    [
      { address: "192.168.0.100", deprecated: true, tentative: false },
      { address: "fd00::100", deprecated: true, tentative: false },
    ],
  );
  const said = ipJson(namespace, "address", "show", "dev", "eth0")[0].addr_info;
  const ofIp = said.find(({ local }: { local: string }) => local === "fd00::100");
  assert.deepEqual([ofIp.preferred_life_time, ofIp.deprecated, ofIp.nodad], [0, true, true]);
});
