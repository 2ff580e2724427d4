/** Runs the iptables dataplane with iptables-legacy for tests. */
import { openIptablesDataplane } from "../iptables/index.ts";
import { serveDataplane } from "./dataplane-host.ts";

serveDataplane("kernel", () => openIptablesDataplane({ variant: "legacy" }));
