/** The kernel lists some expressions with what it made of them; this takes that away, so that they compare. */
import {
  type Expression,
  NF_NAT_RANGE_MAP_IPS,
  NF_NAT_RANGE_PROTO_SPECIFIED,
} from "../../netlink/nftables/index.ts";

/** Returns the expression as it is sent. */
export function canonicalExpression(expression: Expression): Expression {
  switch (expression.kind) {
    case "nat": {
      // nft_nat_dump: the end of a range that has none is its start, and the flags say what is there.
      const { addressMax, portMax, flags = 0, ...rest } = expression;
      const left = flags & ~(NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED);
      return {
        ...rest,
        ...(addressMax !== undefined && addressMax !== rest.addressMin && { addressMax }),
        ...(portMax !== undefined && portMax !== rest.portMin && { portMax }),
        ...(left !== 0 && { flags: left }),
      };
    }
    case "dynset": {
      // nft_dynset_dump: the set's own timeout is 0.
      const { timeoutMs, ...rest } = expression;
      return timeoutMs ? expression : rest;
    }
    default:
      return expression;
  }
}
