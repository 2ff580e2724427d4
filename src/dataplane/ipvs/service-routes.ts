/**
 * ServiceRoutes: makes Services' addresses lead to this node, where IPVS looks at packets that have arrived. They are routes of type local on
 * a link of our own, not addresses on it: programs that look at the node's addresses see nothing new, an address that the node itself
 * has (or gets) goes before its route, and the link takes them all with it.
 */
import { familyOf } from "../../forwarding/ip-address.ts";
import {
  isNetlinkError,
  type RouteControl,
  readSysctl,
  type SysctlPlace,
  writeSysctl,
} from "../../kernel/index.ts";
import { RT_TABLE_LOCAL } from "../../netlink/route/index.ts";

export const LINK = "porthole0";
/** The kernel's own routes to local addresses have metric 0; what IPv6 gives a route by itself. */
const METRIC = 1024;
/** enum in6_addr_gen_mode: a link without an address of its own. */
const IN6_ADDR_GEN_MODE_NONE = 1;

export class ServiceRoutes {
  readonly #control: RouteControl;
  readonly #namespace: SysctlPlace | undefined;
  /** Which addresses the kernel has routes to. */
  #known = new Set<string>();
  #link: number | undefined;

  constructor(control: RouteControl, namespace?: SysctlPlace) {
    this.#control = control;
    this.#namespace = namespace;
  }

  /** Adds the routes that are not there. Throws NetlinkError. */
  async add(addresses: Iterable<string>): Promise<void> {
    const link = this.#link ?? (await this.#read());
    for (const address of addresses) {
      if (this.#known.has(address)) continue;
      await this.#control.addRoute(routeTo(address, link), { replace: true });
      this.#known.add(address);
    }
  }

  /** Removes all but these. */
  async keep(isWanted: (address: string) => boolean): Promise<void> {
    const link = this.#link ?? (await this.#read());
    for (const address of this.#known) {
      if (isWanted(address)) continue;
      await this.#control.deleteRoute(routeTo(address, link)).catch(unlessGone);
      this.#known.delete(address);
    }
  }

  /** Forgets what it knows: the next call looks. */
  forget(): void {
    this.#link = undefined;
  }

  /** Makes the link if need be, and reads which routes there are. */
  async #read(): Promise<number> {
    const link = await this.#openLink();
    const known = new Set<string>();
    for (const family of ["IPv4", "IPv6"] as const) {
      const routes = await this.#control.listRoutes(family, { table: RT_TABLE_LOCAL });
      for (const { destination, linkIndex, type } of routes)
        if (linkIndex === link && type === "local") known.add(destination.replace(/\/\d+$/, ""));
    }
    this.#known = known;
    this.#link = link;
    return link;
  }

  async #openLink(): Promise<number> {
    const known = await this.#control.findLink(LINK);
    if (known?.up) return known.index;
    if (!known) await this.#control.addLink({ kind: "dummy", name: LINK });
    const made = known ?? (await this.#control.findLink(LINK));
    if (!made) throw new Error(`Cannot find the link "${LINK}" that was just made`);
    const key = `net/ipv6/conf/${LINK}/addr_gen_mode`;
    // Without IPv6 there is no such setting, and no need for it.
    if (readSysctl(key, this.#namespace) !== undefined)
      writeSysctl(key, IN6_ADDR_GEN_MODE_NONE, this.#namespace);
    await this.#control.changeLink(made.index, { up: true });
    return made.index;
  }
}

/** Removes the link with its routes. Says whether it was there. */
export async function removeServiceRoutes(control: RouteControl): Promise<boolean> {
  const link = await control.findLink(LINK);
  if (link) await control.deleteLink(link.index);
  return link !== undefined;
}

function routeTo(address: string, linkIndex: number) {
  const destination = `${address}/${familyOf(address) === "IPv4" ? 32 : 128}`;
  return { type: "local", destination, linkIndex, metric: METRIC } as const;
}

function unlessGone(error: unknown): void {
  if (!isNetlinkError(error, "ESRCH") && !isNetlinkError(error, "ENODEV")) throw error;
}
