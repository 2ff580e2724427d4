/** What other rooms use of forwarding. */
export type * from "./decision.ts";
export type * from "./forwarding-table.ts";
