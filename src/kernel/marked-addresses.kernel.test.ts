import assert from "node:assert/strict";
import { test } from "node:test";
import { openRouteControl } from "./route.ts";
import { ipJson, needsRoot } from "./testing/kernel-test.ts";
import { linkedNamespaces } from "./testing/linked-namespaces.ts";

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
