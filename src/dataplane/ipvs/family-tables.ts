/** Where the nftables program lies beside IPVS: tables of their own, so that a change of mode finds both. */
import { type FamilyTraits, familyTraits } from "../nftables/family-traits.ts";
import { IPVS_TABLE } from "../nftables/names.ts";

export const ipvsTraits: readonly FamilyTraits[] = Object.values(familyTraits).map((traits) => ({
  ...traits,
  table: IPVS_TABLE,
}));
