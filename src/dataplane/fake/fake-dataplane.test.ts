import { dataplaneConformance } from "../conformance.ts";
import { createLoopbackHarness, loopbackLacks } from "../conformance-loopback.ts";
import { createFakeClient } from "./fake-client.ts";
import { createFakeDataplane, type FakeDataplane } from "./fake-dataplane.ts";

for (const family of ["IPv4", "IPv6"] as const) {
  dataplaneConformance(
    "fake",
    () =>
      createLoopbackHarness(
        family,
        (clock) => createFakeDataplane({ clock }),
        (address, dataplane) => createFakeClient(address, dataplane as FakeDataplane),
      ),
    { family, lacks: loopbackLacks[family] },
  );
}
