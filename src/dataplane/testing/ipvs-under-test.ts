/** The IPVS dataplane, as the suites of kernel dataplanes see it. */
import { onlyInVm } from "../../../test/support/only-in-vm.ts";
import { ipvsDisturbances, wipeIpvs } from "./ipvs-command.ts";
import type { KernelDataplane } from "./kernel-suites.ts";
import { whyNoNft } from "./nft-command.ts";

export const ipvsUnderTest: KernelDataplane = {
  name: "ipvs",
  keeps: "rules",
  why: () => onlyInVm.skip || whyNoNft(),
  host: new URL("./ipvs-host.ts", import.meta.url),
  disturbances: ipvsDisturbances,
  wipe: wipeIpvs,
};
