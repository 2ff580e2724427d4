/**
 * Repair: what is held is made to agree with what stored objects say (kubernetes/pkg/registry/core/service/portallocator/
 * controller/repair.go). Objects are never changed: contradictions are told, and stand until a user solves them.
 */
import type { Allocator } from "./allocator.ts";

/** One value that a stored object has. */
export interface Claim<T> {
  readonly value: T;
  readonly owner: string;
}

export interface Finding<T> extends Claim<T> {
  readonly kind: /** Nobody held it; now its owner does. */
    | "not-allocated"
    /** Another object has it too. */
    | "already-allocated"
    | "out-of-range";
}

/** How often in a row each held value was found without an object. */
export type LeakSightings<T> = ReadonlyMap<T, number>;

export interface RepairResult<T> {
  readonly findings: readonly Finding<T>[];
  readonly leaks: LeakSightings<T>;
  /** Values that nobody has had for long, which are free now. */
  readonly freed: readonly T[];
}

/** A write that is under way holds values that no object has yet. */
const sightingsBeforeFree = 3;

/** NOTE: claims are compared as they are spelled, so addresses must be canonical. */
export function repairAllocations<T>(
  allocator: Allocator<T>,
  claims: readonly Claim<T>[],
  leaks: LeakSightings<T>,
): RepairResult<T> {
  const claimed = new Map<T, string[]>();
  const findings: Finding<T>[] = [];
  for (const claim of claims) {
    const { value, owner } = claim;
    const before = claimed.get(value);
    if (!allocator.contains(value)) findings.push({ kind: "out-of-range", ...claim });
    else if (before) findings.push({ kind: "already-allocated", ...claim });
    else if (allocator.holders(value).length === 0) findings.push({ kind: "not-allocated", ...claim });
    allocator.claim(value, owner);
    claimed.set(value, [...(before ?? []), owner]);
  }
  const sightings = new Map<T, number>();
  const freed: T[] = [];
  for (const value of allocator.held()) {
    const stray = allocator.holders(value).filter((owner) => !claimed.get(value)?.includes(owner));
    if (stray.length === 0) continue;
    const count = (leaks.get(value) ?? 0) + 1;
    if (count < sightingsBeforeFree) sightings.set(value, count);
    else {
      for (const owner of stray) allocator.release(value, owner);
      freed.push(value);
    }
  }
  return { findings, leaks: sightings, freed };
}
