/** Runs the dataplane of mode iptables as a proxy opens it, for tests. */
import { serveDataplane } from "../../dataplane/testing/dataplane-host.ts";
import { silentLogger } from "../../lib/log.ts";
import { openDataplane } from "../open-dataplane.ts";

serveDataplane("kernel", () => openDataplane("iptables", silentLogger));
