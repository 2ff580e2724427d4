/**
 * The way from a packet's address or port to the rules for it: a tree of chains. A list of all would be walked to its end by every new
 * connection; here each level leads on by four more bits.
 *
 *     PORTHOLE-ADDRESSES     -d 10.96.0.0/20 -j PORTHOLE-TO-0A600    -d 10.96.16.0/20 -j PORTHOLE-TO-0A601
 *     PORTHOLE-TO-0A600      -d 10.96.0.7/32 -p tcp -m tcp --dport 80 ... -j PORTHOLE-SVC-...
 */
import type { Rules } from "./ruleset.ts";

/** What is looked up. */
export interface BucketItem {
  /** All digits of its address or port, hexadecimal. */
  readonly digits: string;
  /** Among those with the same digits the smaller comes first. */
  readonly order: number;
  readonly rules: Rules;
}

export interface BucketTree {
  readonly root: string;
  /** How many digits may be looked at. The kernel follows 16 jumps (NFT_JUMP_STACK_SIZE), five of them behind the tree. */
  readonly depth: number;
  /** Name of the chain for what begins with these digits. */
  chainOf(digits: string): string;
  /** The match for what begins with these digits. */
  matchOf(digits: string): string;
}

/** A chain of so many rules is walked as fast as one more level. */
const LEAF_ITEMS = 32;

/** Returns the tree's chains by name; they are the same whatever came and went before. Without items only the root, empty. */
export function bucketChains(
  tree: BucketTree,
  items: Iterable<BucketItem>,
  leafItems = LEAF_ITEMS,
): ReadonlyMap<string, Rules> {
  const result = new Map<string, Rules>();
  const sorted = [...items].sort(byPlace);
  const fill = (chain: string, from: number, to: number, known: number, level: number) => {
    const shared = sharedDigits(sorted[from], sorted[to - 1], known, tree.depth);
    if (to - from <= leafItems || shared >= tree.depth || level >= MAX_LEVELS) {
      const rules = sorted.slice(from, to).flatMap((item) => item.rules);
      result.set(chain, rules);
      return;
    }
    // What all begin with is asked for once, so that traffic to elsewhere passes by one rule.
    const wanted = shared > known ? shared : shared + 1;
    const jumps: string[] = [];
    for (let start = from; start < to; ) {
      const prefix = sorted[start]?.digits.slice(0, wanted) ?? "";
      let end = start + 1;
      while (end < to && sorted[end]?.digits.startsWith(prefix)) end += 1;
      const length = sharedDigits(sorted[start], sorted[end - 1], wanted, tree.depth);
      const digits = sorted[start]?.digits.slice(0, length) ?? "";
      jumps.push(`${tree.matchOf(digits)} -j ${tree.chainOf(digits)}`);
      fill(tree.chainOf(digits), start, end, length, level + 1);
      start = end;
    }
    result.set(chain, jumps);
  };
  fill(tree.root, 0, sorted.length, 0, 0);
  return result;
}

/** NFT_JUMP_STACK_SIZE is 16: three jumps lead to the tree, five go on from it. */
const MAX_LEVELS = 7;

/** Of the first and the last of sorted items, and so of all between them. */
function sharedDigits(
  first: BucketItem | undefined,
  last: BucketItem | undefined,
  from: number,
  limit: number,
): number {
  let length = from;
  while (length < limit && first?.digits[length] === last?.digits[length]) length += 1;
  return length;
}

function byPlace(a: BucketItem, b: BucketItem): number {
  if (a.digits !== b.digits) return a.digits < b.digits ? -1 : 1;
  return a.order - b.order || ((a.rules[0] ?? "") < (b.rules[0] ?? "") ? -1 : 1);
}
