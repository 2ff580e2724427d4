/** What the kernel room uses of rtnetlink: addresses, links, routes, neighbours and rules as values and as messages. */
export * from "./address-message.ts";
export { type Family, familyOf, type Prefix, parsePrefix } from "./family.ts";
export * from "./link-message.ts";
export * from "./neighbour-message.ts";
export * from "./route-message.ts";
export * from "./rtnetlink.ts";
export * from "./rule-message.ts";
