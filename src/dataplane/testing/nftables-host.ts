/** Runs the nftables dataplane for tests. */
import { openNftablesDataplane } from "../nftables/index.ts";
import { serveDataplane } from "./dataplane-host.ts";

serveDataplane("kernel", () => openNftablesDataplane());
