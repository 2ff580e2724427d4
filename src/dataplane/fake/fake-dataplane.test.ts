import { dataplaneConformance } from "../conformance.ts";
import { createFakeHarness } from "./fake-harness.ts";

for (const family of ["IPv4", "IPv6"] as const) {
  dataplaneConformance("fake", async () => createFakeHarness(family), {
    family,
    lacks: {
      packets: "it is asked about addresses, not about packets",
      restarts: "it forgets everything with its process",
      "foreign changes": "nobody else can reach into its memory",
    },
  });
}
