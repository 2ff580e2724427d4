/**
 * LocalDelivery: a rule and a route that make the node take in what has our mark, whatever address it is for, as transparent proxies do
 * (Documentation/networking/tproxy.rst): IPVS looks at packets that have arrived. So no Service's address leads to the node for any
 * other packet, and none becomes an address of the node: programs that look for the node's addresses see nothing new, nobody answers
 * ARP for them, and another node's own address may be an external one.
 */
import type { Family } from "../../forwarding/forwarding-table.ts";
import { isNetlinkError, type RouteControl, readSysctl, type SysctlPlace } from "../../kernel/index.ts";

/** Its own routing table, by the number of the first NodePort, and when it is asked: behind `local`, before what others add. */
const TABLE = 30_000;
const PRIORITY = 90;

const everywhere = { IPv4: "0.0.0.0/0", IPv6: "::/0" } as const;

export class LocalDelivery {
  readonly #control: RouteControl;
  readonly #namespace: SysctlPlace | undefined;

  constructor(control: RouteControl, namespace?: SysctlPlace) {
    this.#control = control;
    this.#namespace = namespace;
  }

  /** Makes what is not there. Throws NetlinkError. */
  async ensure(mark: number): Promise<void> {
    for (const family of this.#families()) {
      const rules = await ourRules(this.#control, family);
      const known = rules.filter((rule) => rule.mark === mark && rule.mask === mark);
      for (const rule of rules) if (!known.includes(rule)) await this.#control.deleteRule(rule);
      if (known.length === 0)
        await this.#control.addRule({ family, table: TABLE, priority: PRIORITY, mark, mask: mark });
      const routes = await this.#control.listRoutes(family, { table: TABLE });
      if (routes.length === 0) await this.#control.addRoute(await this.#route(family), { replace: true });
    }
  }

  /** Removes it. Says whether it was there. */
  async remove(): Promise<boolean> {
    let wasThere = false;
    for (const family of this.#families()) {
      for (const rule of await ourRules(this.#control, family)) {
        await this.#control.deleteRule(rule);
        wasThere = true;
      }
      await this.#control.deleteRoute(await this.#route(family)).catch(unlessGone);
    }
    return wasThere;
  }

  async #route(family: Family) {
    const lo = await this.#control.findLink("lo");
    if (!lo) throw new Error('There is no link "lo", which each network namespace has');
    return { type: "local", destination: everywhere[family], linkIndex: lo.index, table: TABLE } as const;
  }

  #families(): readonly Family[] {
    const hasIpv6 = readSysctl("net/ipv6/conf/lo/disable_ipv6", this.#namespace) === "0";
    return hasIpv6 ? ["IPv4", "IPv6"] : ["IPv4"];
  }
}

async function ourRules(control: RouteControl, family: Family) {
  const rules = await control.listRules(family);
  return rules.filter(({ table, priority }) => table === TABLE && priority === PRIORITY);
}

/** Of a table that is there, but empty, IPv6 says ENOENT (net/ipv6/route.c). */
function unlessGone(error: unknown): void {
  if (!isNetlinkError(error, "ESRCH") && !isNetlinkError(error, "ENOENT")) throw error;
}
