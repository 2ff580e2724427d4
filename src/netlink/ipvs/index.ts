/** What other rooms use of IPVS: servers as values, and their messages. */
export * from "./ipvs.ts";
export { IPVS_GENL_NAME } from "./ipvs-message.ts";
export { type IpvsOperation, ipvsRequests } from "./ipvs-requests.ts";
