import { dataplaneConformance } from "../conformance.ts";
import { createLoopbackHarness } from "../conformance-loopback.ts";
import { createFakeClient } from "./fake-client.ts";
import { createFakeDataplane, type FakeDataplane } from "./fake-dataplane.ts";

dataplaneConformance("fake", () =>
  createLoopbackHarness(
    (clock) => createFakeDataplane({ clock }),
    (address, dataplane) => createFakeClient(address, dataplane as FakeDataplane),
  ),
);
