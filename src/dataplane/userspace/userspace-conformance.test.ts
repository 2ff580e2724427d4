import { silentLogger } from "../../lib/log.ts";
import { dataplaneConformance } from "../conformance.ts";
import { createLoopbackHarness, loopbackLacks } from "../conformance-loopback.ts";
import { createUserspaceDataplane } from "./userspace-dataplane.ts";

for (const family of ["IPv4", "IPv6"] as const) {
  dataplaneConformance(
    "userspace",
    () => createLoopbackHarness(family, (clock) => createUserspaceDataplane({ log: silentLogger, clock })),
    { family, lacks: loopbackLacks[family] },
  );
}
