/** What other rooms use of connection tracking: flows as values and as messages. */
export * from "./flow.ts";
export { NFNLGRP_CONNTRACK_DESTROY, NFNLGRP_CONNTRACK_NEW } from "./flow-message.ts";
export * from "./flow-requests.ts";
