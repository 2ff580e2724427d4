/** Links, addresses, routes, neighbours and rules of a network namespace (rtnetlink(7)). */
import {
  type AddressSpec,
  decodeAddressEvent,
  decodeLinkEvent,
  decodeNeighbour,
  decodeRouteEvent,
  decodeRule,
  encodeAddAddress,
  encodeAddLink,
  encodeAddNeighbour,
  encodeAddRoute,
  encodeAddRule,
  encodeChangeLink,
  encodeDeleteAddress,
  encodeDeleteLink,
  encodeDeleteNeighbour,
  encodeDeleteRoute,
  encodeDeleteRule,
  encodeGetLink,
  encodeListAddresses,
  encodeListLinks,
  encodeListNeighbours,
  encodeListRoutes,
  encodeListRules,
  type Family,
  type Link,
  type LinkAddress,
  type LinkChange,
  type LinkSpec,
  type Neighbour,
  type NeighbourSpec,
  type Route,
  type RouteSpec,
  type Rule,
  type RuleSpec,
} from "../netlink/route/index.ts";
import { isNetlinkError } from "./netlink-error.ts";
import { NETLINK_ROUTE } from "./netlink-protocol.ts";
import { list, request } from "./netlink-request.ts";
import { type NamespaceHandle, type NetlinkSocket, openNetlinkSocket } from "./netlink-socket.ts";

/** `replace`: what is there already is made as wanted, instead of an error EEXIST. */
export interface AddOptions {
  readonly replace?: boolean;
}

/**
 * One namespace's network. Whatever fails throws NetlinkError that names the operation: EEXIST for what is there, ENODEV, ESRCH,
 * ENOENT or EADDRNOTAVAIL for what is not, EPERM without privileges. Links are named by their index in this namespace.
 */
export interface RouteControl extends AsyncDisposable {
  addLink(spec: LinkSpec): Promise<void>;
  changeLink(index: number, change: LinkChange): Promise<void>;
  deleteLink(index: number): Promise<void>;
  /** Resolves with undefined if there is no link of that name. */
  findLink(name: string): Promise<Link | undefined>;
  listLinks(): Promise<readonly Link[]>;

  addAddress(spec: AddressSpec, options?: AddOptions): Promise<void>;
  deleteAddress(spec: AddressSpec): Promise<void>;
  listAddresses(filter?: {
    readonly family?: Family;
    readonly linkIndex?: number;
  }): Promise<readonly LinkAddress[]>;

  addRoute(spec: RouteSpec, options?: AddOptions): Promise<void>;
  deleteRoute(spec: RouteSpec): Promise<void>;
  /** Of one table or of all; a table that nobody has put anything into is empty. */
  listRoutes(family: Family, filter?: { readonly table?: number }): Promise<readonly Route[]>;

  addNeighbour(spec: NeighbourSpec, options?: AddOptions): Promise<void>;
  deleteNeighbour(spec: Omit<NeighbourSpec, "linkLayerAddress">): Promise<void>;
  listNeighbours(filter?: { readonly linkIndex?: number }): Promise<readonly Neighbour[]>;

  addRule(spec: RuleSpec): Promise<void>;
  deleteRule(spec: RuleSpec): Promise<void>;
  listRules(family: Family): Promise<readonly Rule[]>;
}

/** Opens the network of a namespace, of the process's own if none is given. Throws SystemCallError. */
export async function openRouteControl(namespace?: NamespaceHandle): Promise<RouteControl> {
  return createRouteControl(await openNetlinkSocket(NETLINK_ROUTE, namespace), namespace?.name);
}

/** As openRouteControl, over a socket that is open; `namespaceName` is for errors. */
export function createRouteControl(socket: NetlinkSocket, namespaceName?: string): RouteControl {
  const where = namespaceName === undefined ? "" : ` in the network namespace "${namespaceName}"`;
  const change = async (what: string, message: () => Uint8Array): Promise<void> => {
    await request(socket, `Cannot ${what}${where}`, message());
  };
  const all = <T>(what: string, message: Uint8Array, decode: (message: Uint8Array) => T | undefined) =>
    list(socket, `Cannot list ${what}${where}`, message, decode);

  return {
    addLink: (spec) => change(`add the ${spec.kind} link "${spec.name}"`, () => encodeAddLink(spec)),
    changeLink: (index, wanted) =>
      change(`change link ${index} to ${JSON.stringify(wanted)}`, () => encodeChangeLink(index, wanted)),
    deleteLink: (index) => change(`delete link ${index}`, () => encodeDeleteLink(index)),
    async findLink(name) {
      try {
        const [answer] = await request(socket, `Cannot find the link "${name}"${where}`, encodeGetLink(name));
        return answer && decodeLinkEvent(answer)?.link;
      } catch (error) {
        if (isNetlinkError(error, "ENODEV")) return undefined;
        throw error;
      }
    },
    listLinks: () => all("links", encodeListLinks(), (message) => decodeLinkEvent(message)?.link),

    addAddress: (spec, options) =>
      change(`add the address ${spec.address} to link ${spec.linkIndex}`, () =>
        encodeAddAddress(spec, options),
      ),
    deleteAddress: (spec) =>
      change(`delete the address ${spec.address} of link ${spec.linkIndex}`, () => encodeDeleteAddress(spec)),
    listAddresses: (filter) =>
      all("addresses", encodeListAddresses(filter), (message) => decodeAddressEvent(message)?.address),

    addRoute: (spec, options) =>
      change(`add the route ${describe(spec)}`, () => encodeAddRoute(spec, options)),
    deleteRoute: (spec) => change(`delete the route ${describe(spec)}`, () => encodeDeleteRoute(spec)),
    async listRoutes(family, filter) {
      const decode = (message: Uint8Array) => decodeRouteEvent(message)?.route;
      try {
        return await all("routes", encodeListRoutes(family, filter), decode);
      } catch (error) {
        if (filter?.table !== undefined && isNetlinkError(error, "ENOENT")) return [];
        throw error;
      }
    },

    addNeighbour: (spec, options) =>
      change(`add the neighbour ${spec.address} on link ${spec.linkIndex}`, () =>
        encodeAddNeighbour(spec, options),
      ),
    deleteNeighbour: (spec) =>
      change(`delete the neighbour ${spec.address} on link ${spec.linkIndex}`, () =>
        encodeDeleteNeighbour(spec),
      ),
    listNeighbours: (filter) => all("neighbours", encodeListNeighbours(filter), decodeNeighbour),

    addRule: (spec) => change(`add the rule ${JSON.stringify(spec)}`, () => encodeAddRule(spec)),
    deleteRule: (spec) => change(`delete the rule ${JSON.stringify(spec)}`, () => encodeDeleteRule(spec)),
    listRules: (family) => all("rules", encodeListRules(family), decodeRule),

    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

/** `blackhole 10.7.0.0/16`, `10.5.0.0/16 via 10.2.0.9 on link 4 in table 100`. */
function describe({ type, destination, via, linkIndex, table }: RouteSpec): string {
  return [
    type === undefined || type === "unicast" ? "" : `${type} `,
    destination,
    via === undefined ? "" : ` via ${via}`,
    linkIndex === undefined ? "" : ` on link ${linkIndex}`,
    table === undefined ? "" : ` in table ${table}`,
  ].join("");
}
