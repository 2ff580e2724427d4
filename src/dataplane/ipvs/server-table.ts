/** ServerTable: the virtual servers of a network namespace's kernel, as far as this dataplane needs them. */
import type { Ipvs } from "../../kernel/index.ts";

export type ServerTable = Pick<Ipvs, "change" | "listServers" | "listRealServers">;
