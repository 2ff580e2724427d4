/** The first address of the service range, which belongs to the Service default/kubernetes. */
import { formatIpNumber, parseServiceCidr } from "../allocator/index.ts";

/** `10.96.0.0/16,fd00:10:96::/112` -> `10.96.0.1`. Throws RangeError that says what a range looks like. */
export function firstServiceAddress(ranges: string): string {
  const [primary = ""] = ranges.split(",");
  const { family, lower, upper } = parseServiceCidr(primary);
  return formatIpNumber({ family, number: (lower ?? upper).first });
}
