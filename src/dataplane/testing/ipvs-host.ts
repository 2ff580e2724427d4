/** Runs the IPVS dataplane for tests. */
import { openIpvsDataplane } from "../ipvs/index.ts";
import { serveDataplane } from "./dataplane-host.ts";

serveDataplane("kernel", () => openIpvsDataplane({ comparesAlways: true }));
