/** The nftables dataplane, as the suites of kernel dataplanes see it. */
import type { KernelDataplane } from "./kernel-suites.ts";
import { nftDisturbances, whyNoNft, wipePorthole } from "./nft-command.ts";

export const nftablesUnderTest: KernelDataplane = {
  name: "nftables",
  keeps: "tables",
  why: whyNoNft,
  host: new URL("./nftables-host.ts", import.meta.url),
  disturbances: (world) => nftDisturbances(world),
  wipe: (world) => wipePorthole(world),
};
