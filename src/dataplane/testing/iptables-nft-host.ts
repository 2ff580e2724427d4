/** Runs the iptables dataplane with iptables-nft for tests. */
import { openIptablesDataplane } from "../iptables/index.ts";
import { serveDataplane } from "./dataplane-host.ts";

serveDataplane("kernel", () => openIptablesDataplane({ variant: "nft" }));
