import { silentLogger } from "../../lib/log.ts";
import { dataplaneConformance } from "../conformance.ts";
import { createSocketClient } from "../conformance-client.ts";
import { createLoopbackHarness } from "../conformance-loopback.ts";
import { createUserspaceDataplane } from "./userspace-dataplane.ts";

dataplaneConformance("userspace", () =>
  createLoopbackHarness(
    (clock) => createUserspaceDataplane({ log: silentLogger, clock }),
    createSocketClient,
  ),
);
