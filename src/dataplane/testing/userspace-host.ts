/** Runs the userspace dataplane for tests. */
import { silentLogger } from "../../lib/log.ts";
import { createUserspaceDataplane } from "../userspace/userspace-dataplane.ts";
import { serveDataplane } from "./dataplane-host.ts";

serveDataplane("manual", async (clock) => createUserspaceDataplane({ log: silentLogger, clock }));
