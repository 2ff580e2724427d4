/** runVrrp: shares addresses of a link with other machines, so that exactly one of them has each (VRRPv3, RFC 9568). */
import { openRouteControl, type RouteControl, watchRoute } from "../../kernel/index.ts";
import { aborted } from "../../lib/aborted.ts";
import { systemClock } from "../../lib/clock.ts";
import { checkRouters } from "./virtual-router.ts";
import type { Vrrp, VrrpOptions } from "./vrrp.ts";
import { VrrpLink } from "./vrrp-link.ts";

/**
 * Takes part from when it resolves until the signal fires. Addresses that an earlier process left when it was killed are taken up if it
 * had them a moment ago and nobody else has them now, else removed. One process may run it on a link. Throws RangeError for routers that
 * cannot be, an error that names the link if there is none, SystemCallError (EPERM) without CAP_NET_ADMIN and CAP_NET_RAW.
 */
export async function runVrrp(options: VrrpOptions): Promise<Vrrp> {
  checkRouters(options.routers);
  const { namespace, signal, clock = systemClock } = options;
  const control = await openRouteControl(namespace);
  const link = new VrrpLink({ ...options, control, clock });
  const changed = () => link.changed();
  let watch: Disposable | undefined;
  const close = async () => {
    watch?.[Symbol.dispose]();
    await link.close();
    await control[Symbol.asyncDispose]();
  };
  try {
    await requireLink(control, options.interface);
    watch = await watchRoute(
      {
        address({ kind, address }) {
          if (kind === "removed") link.addressRemoved(address);
          changed();
        },
        link: ({ link: { name } }) => name === options.interface && changed(),
        lost: changed,
      },
      namespace,
    );
    await link.start();
  } catch (error) {
    await close();
    throw error;
  }
  const handOver = async () => {
    await aborted(signal);
    await link.stop();
  };
  const handedOver = handOver();
  const run = async () => {
    await handedOver;
    await link.emptied();
    await close();
  };
  return {
    setRouters: (routers) => link.setRouters(routers),
    setHealthy: (healthy) => link.setHealthy(healthy),
    status: () => link.status(),
    handedOver,
    release: () => link.release(),
    ended: run(),
  };
}

async function requireLink(control: RouteControl, name: string): Promise<void> {
  const link = await control.findLink(name);
  if (!link) throw new Error(`Cannot share addresses on "${name}": there is no such network interface`);
  if (link.loopback)
    throw new Error(`Cannot share addresses on "${name}": nobody else is on a loopback interface`);
}
