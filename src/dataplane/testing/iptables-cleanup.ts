/** Removes what iptables dataplanes left in the namespace that it is run in, for tests. */
import { cleanupIptables } from "../iptables/index.ts";

await cleanupIptables();
