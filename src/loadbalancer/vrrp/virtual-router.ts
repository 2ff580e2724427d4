/** A virtual router: addresses that one of several machines holds at a time (RFC 9568, section 6.1). */
import { requireAddressBytes } from "./require-address-bytes.ts";

export type Family = "IPv4" | "IPv6";

export interface VirtualRouter {
  /** 1 to 255; with the family it names the router on its link, so all who share it use the same and nobody else does. */
  readonly vrid: number;
  readonly family: Family;
  /** `192.168.0.10`, or with the length of its prefix, `192.168.0.10/24`; alone it is added as /32 or /128. */
  readonly addresses: readonly string[];
  /** 1 to 254: the highest that is there holds the addresses. 255 is for who holds them always. */
  readonly priority: number;
  /** Takes the addresses from whoever has a lower priority. Default: true. */
  readonly preempt?: boolean;
  /** Waits so long as backup before it takes them from somebody lower, so that what it leads to can get ready. Default: 0. */
  readonly preemptDelayMs?: number;
  /** Time between two advertisements, in steps of 10 ms up to 40,950. Default: 200, for a takeover in under 0.8 s. */
  readonly advertIntervalMs?: number;
}

export const defaultAdvertIntervalMs = 200;
/** The field of an advertisement that holds it has 12 bits and counts centiseconds. */
const maximumIntervalMs = 40_950;
export const ownerPriority = 255;
/** So many IPv6 addresses fit into an advertisement on any link, whose packets hold 1280 bytes at least. */
export const maximumAddresses = 64;

/** `IPv4/7`: the family is part of a router's name (RFC 9568, section 1). */
export function routerKey({ family, vrid }: Pick<VirtualRouter, "family" | "vrid">): string {
  return `${family}/${vrid}`;
}

/** `192.168.0.10/24` -> `192.168.0.10`. */
export function addressOf(text: string): string {
  return text.split("/")[0] ?? "";
}

/** Throws RangeError, with what to do, for routers that cannot be, or not together. */
export function checkRouters(routers: readonly VirtualRouter[]): void {
  const names = new Set<string>();
  const owners = new Map<string, string>();
  for (const router of routers) {
    checkRouter(router);
    const name = routerKey(router);
    if (names.has(name))
      throw new RangeError(`Two virtual routers are called ${name}: give each a vrid of its own`);
    names.add(name);
    for (const address of router.addresses.map(canonical)) {
      const other = owners.get(address);
      if (other !== undefined)
        throw new RangeError(`Virtual routers ${other} and ${name} both have ${address}: one must go`);
      owners.set(address, name);
    }
  }
}

function checkRouter(router: VirtualRouter): void {
  const { family, addresses, preemptDelayMs = 0, advertIntervalMs = defaultAdvertIntervalMs } = router;
  const refuse = (what: string): never => {
    throw new RangeError(`Virtual router ${routerKey(router)}: ${what}`);
  };
  for (const name of ["vrid", "priority"] as const) {
    const value = router[name];
    if (!Number.isInteger(value) || value < 1 || value > 255)
      refuse(`${name} ${value} is no integer from 1 to 255`);
  }
  if (addresses.length < 1 || addresses.length > maximumAddresses)
    refuse(
      `it has ${addresses.length} addresses, 1 to ${maximumAddresses} are possible; use more virtual routers`,
    );
  for (const text of addresses) {
    const bits = requireAddressBytes(addressOf(text)).length * 8;
    if (bits !== (family === "IPv4" ? 32 : 128)) refuse(`"${text}" is no ${family} address`);
    const length = text.includes("/") ? text.slice(text.indexOf("/") + 1) : String(bits);
    if (!/^\d{1,3}$/.test(length) || Number(length) > bits)
      refuse(`"${text}" has no prefix length from 0 to ${bits}`);
  }
  if (advertIntervalMs % 10 !== 0 || advertIntervalMs < 10 || advertIntervalMs > maximumIntervalMs)
    refuse(`advertIntervalMs ${advertIntervalMs} is no multiple of 10 from 10 to ${maximumIntervalMs}`);
  if (!(preemptDelayMs >= 0 && preemptDelayMs <= 1_000_000))
    refuse(`preemptDelayMs ${preemptDelayMs} is not from 0 to 1000000`);
}

function canonical(text: string): string {
  return requireAddressBytes(addressOf(text)).join(".");
}

/** Skew_Time: who has a higher priority waits less, so that backups do not take over at once. */
export function skewMs(priority: number, activeIntervalMs: number): number {
  return ((256 - priority) * activeIntervalMs) / 256;
}

/** Active_Down_Interval: silence of the active router after which a backup takes over. */
export function activeDownMs(priority: number, activeIntervalMs: number): number {
  return 3 * activeIntervalMs + skewMs(priority, activeIntervalMs);
}
