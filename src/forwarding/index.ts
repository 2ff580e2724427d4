/** What other rooms use of forwarding. */
export { decide } from "./decide.ts";
export type * from "./decision.ts";
export { findFrontend } from "./find-frontend.ts";
export type * from "./forwarding-table.ts";
export { backend, formatServicePortName, frontendKey } from "./frontend-key.ts";
export { canonicalAddress, familyOf, isInCidrs, joinHostPort, splitHostPort } from "./ip-address.ts";
export { scopeOf } from "./source-scope.ts";
