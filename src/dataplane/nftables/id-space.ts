/** IdSpace: gives out target ids, block by block; a block's targets are all chosen from in one way. */
import { type Choice, chainOf } from "./choice.ts";
import { BLOCK_SIZE, blockOf, FIRST_FREE_BLOCK, VIRTUAL_SERVER } from "./target-id.ts";

/** It is no target's. */
const LAST_BLOCK = blockOf(VIRTUAL_SERVER);

interface Block {
  readonly number: number;
  readonly choice: Choice;
  /** The lowest index that was never given out. */
  next: number;
  readonly free: Set<number>;
  used: number;
}

export class IdSpace {
  readonly #blocks = new Map<number, Block>();
  readonly #byChain = new Map<string, Block[]>();

  /** Returns an id of a block with that choice; undefined when all blocks are in use. */
  allocate(choice: Choice): number | undefined {
    const known = this.#byChain.get(chainOf(choice))?.find(hasRoom);
    const block = known ?? this.#openBlock(choice);
    if (!block) return undefined;
    block.used += 1;
    const index = takeFree(block.free) ?? block.next++;
    return block.number * BLOCK_SIZE + index;
  }

  /** Takes an id that the kernel has already; false if it is taken, or its block chooses in another way. */
  claim(id: number, choice: Choice): boolean {
    const block = this.#blocks.get(blockOf(id));
    if (!block || chainOf(block.choice) !== chainOf(choice)) return false;
    const index = id % BLOCK_SIZE;
    if (index < block.next && !block.free.delete(index)) return false;
    for (; block.next < index; block.next++) block.free.add(block.next);
    if (index === block.next) block.next += 1;
    block.used += 1;
    return true;
  }

  release(id: number): void {
    const block = this.#blocks.get(blockOf(id));
    if (!block) return;
    block.free.add(id % BLOCK_SIZE);
    block.used -= 1;
  }

  /** Makes a block known that the kernel has. */
  adopt(number: number, choice: Choice): void {
    if (!this.#blocks.has(number)) this.#add(number, choice);
  }

  /** The blocks that there are, with their choice. */
  blocks(): ReadonlyMap<number, Choice> {
    return new Map([...this.#blocks.values()].map(({ number, choice }) => [number, choice]));
  }

  /** Forgets blocks without a target and returns their numbers. */
  dropUnused(): readonly number[] {
    const unused = [...this.#blocks.values()].filter(({ used }) => used === 0);
    for (const block of unused) {
      this.#blocks.delete(block.number);
      const chain = chainOf(block.choice);
      const left = (this.#byChain.get(chain) ?? []).filter((other) => other !== block);
      if (left.length > 0) this.#byChain.set(chain, left);
      else this.#byChain.delete(chain);
    }
    return unused.map(({ number }) => number);
  }

  countUnused(): number {
    let count = 0;
    for (const { used } of this.#blocks.values()) if (used === 0) count += 1;
    return count;
  }

  #openBlock(choice: Choice): Block | undefined {
    for (let number = FIRST_FREE_BLOCK; number < LAST_BLOCK; number++) {
      if (!this.#blocks.has(number)) return this.#add(number, choice);
    }
    return undefined;
  }

  #add(number: number, choice: Choice): Block {
    const block: Block = { number, choice, next: 0, free: new Set(), used: 0 };
    this.#blocks.set(number, block);
    const chain = chainOf(choice);
    this.#byChain.set(chain, [...(this.#byChain.get(chain) ?? []), block]);
    return block;
  }
}

function hasRoom({ free, next }: Block): boolean {
  return free.size > 0 || next < BLOCK_SIZE;
}

function takeFree(free: Set<number>): number | undefined {
  for (const index of free) {
    free.delete(index);
    return index;
  }
  return undefined;
}
