/** Runs a proxy's dataplane in ipvs mode for tests, with what it takes over from. */

import { serveDataplane } from "../../dataplane/testing/dataplane-host.ts";
import { silentLogger } from "../../lib/log.ts";
import { openDataplane } from "../open-dataplane.ts";

serveDataplane("kernel", () => openDataplane("ipvs", silentLogger));
