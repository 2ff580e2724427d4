/** ClusterIpAllocator: the addresses of one service range, of one family. */
import { type Allocator, createAllocator } from "./allocator.ts";
import { type BandedRange, clusterIpBandRule, divideRange } from "./band.ts";
import { formatIpNumber, type IpFamily, parseIpNumber } from "./ip-number.ts";
import type { Random } from "./number-pool.ts";

/** Values are addresses in any spelling; those that it hands out are canonical. */
export interface ClusterIpAllocator extends Allocator<string> {
  readonly family: IpFamily;
}

/** kube-apiserver refuses larger ones. */
const shortestIpv6Prefix = 64;

/** `cidr` is `10.96.0.0/16` or `fd00:10:96::/112`. Throws RangeError if it is no range that Services can use. */
export function createClusterIpAllocator(cidr: string, random: Random): ClusterIpAllocator {
  const { family, ...range } = parseServiceCidr(cidr);
  const allocator = createAllocator<string>(
    range,
    {
      toNumber: (address: string) => numberIn(family, address),
      fromNumber: (number) => formatIpNumber({ family, number }),
    },
    random,
  );
  return { ...allocator, family };
}

export interface ServiceCidrRange extends BandedRange {
  readonly family: IpFamily;
}

/**
 * The addresses that Services can have: not the network's own, nor an IPv4 network's broadcast address
 * (kubernetes/pkg/registry/core/service/ipallocator).
 */
export function parseServiceCidr(text: string): ServiceCidrRange {
  const [address = "", bits = "", ...rest] = text.trim().split("/");
  const parsed = parseIpNumber(address);
  const width = parsed?.family === "IPv4" ? 32 : 128;
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!parsed || rest.length > 0 || !(prefix <= width)) {
    throw new RangeError(`Cannot use the service range "${text}": a range looks like 10.96.0.0/16`);
  }
  const { family, number } = parsed;
  if (family === "IPv6" && prefix < shortestIpv6Prefix) {
    throw new RangeError(
      `Cannot use the service range "${text}": an IPv6 range may be no larger than /${shortestIpv6Prefix}`,
    );
  }
  const size = 1n << BigInt(width - prefix);
  const network = number - (number % size);
  const whole = { first: network + 1n, last: network + size - (family === "IPv4" ? 2n : 1n) };
  if (whole.last < whole.first) {
    throw new RangeError(`Cannot use the service range "${text}": it holds no address for a Service`);
  }
  const canonical = `${formatIpNumber({ family, number: network })}/${prefix}`;
  return { family, ...divideRange(canonical, whole, size, clusterIpBandRule) };
}

/** -1 is in no range. */
function numberIn(family: IpFamily, address: string): bigint {
  const parsed = parseIpNumber(address);
  return parsed?.family === family ? parsed.number : -1n;
}
