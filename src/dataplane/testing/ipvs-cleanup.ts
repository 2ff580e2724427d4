/** Removes what the IPVS dataplane left in this process's network namespace. */
import { cleanupIpvs } from "../ipvs/cleanup-ipvs.ts";

for (const line of await cleanupIpvs()) process.stdout.write(`${line}\n`);
