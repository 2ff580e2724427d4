/** What other rooms use of generic netlink. */
export { decodeFamily, encodeGetFamily, genericFormat } from "./generic-message.ts";
