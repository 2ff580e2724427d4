/** What an nftables table of Porthole's says, read from nft's own listing of it: independent of the code that writes it. */
import { execFileSync } from "node:child_process";

/** Places (`10.96.0.1 . tcp . 80`, `tcp . 30080`) and the sorted backends (`10.0.0.1 . 8080`) that each leads to. */
export interface KernelRows {
  readonly places: ReadonlyMap<string, readonly string[]>;
  /** Rows that no place leads to; there should be none. */
  readonly strays: readonly string[];
}

/** Bits of a row's value beside them say how a place is masqueraded and restricted. */
const targetBits = 0x1fff_ffff;

/** Lists the IPv4 table of the network namespace that this process is in. Throws when there is none. */
export function readKernelRows(): KernelRows {
  const args = ["list", "table", "ip", "porthole"];
  return parseKernelRows(execFileSync("nft", args, { encoding: "utf8", stdio: "pipe" }));
}

export function parseKernelRows(listing: string): KernelRows {
  const rows = (map: string) => mapRows(listing, map);
  const sessions = new Map(rows("sessions").map(([id, base]) => [classId(id), base]));
  const entries = new Map(rows("session-backends"));
  const backends = bySlots(rows("backends"));
  const slots = bySlots(rows("session-slots"));
  const used = new Set<number>();
  const resolve = (value: string): readonly string[] => {
    const target = classId(value) & targetBits;
    if (target === 0) return [];
    used.add(target);
    const base = sessions.get(target);
    if (base === undefined) return (backends.get(target) ?? []).toSorted();
    return (slots.get(classId(base)) ?? [])
      .map((entry) => entries.get(entry) ?? `no entry ${entry}`)
      .toSorted();
  };
  const places = new Map(
    [...rows("frontends"), ...rows("node-ports")].map(([place, value]) => [place, resolve(value)]),
  );
  const bases = new Set([...used].map((target) => classId(sessions.get(target) ?? "none")));
  const reachable = new Set([...bases].flatMap((base) => slots.get(base) ?? []));
  return {
    places,
    strays: [
      ...[...backends.keys()].filter((id) => !used.has(id)).map((id) => `backends of ${id.toString(16)}`),
      ...[...sessions.keys()].filter((id) => !used.has(id)).map((id) => `session of ${id.toString(16)}`),
      ...[...slots.keys()].filter((id) => !bases.has(id)).map((id) => `slots of ${id.toString(16)}`),
      ...[...entries.keys()].filter((entry) => !reachable.has(entry)).map((entry) => `entry ${entry}`),
    ],
  };
}

/** Keys and values of a map, without comments. */
function mapRows(listing: string, map: string): readonly (readonly [string, string])[] {
  const body = listing.split(`\tmap ${map} {`)[1]?.split("\n\t}")[0] ?? "";
  const elements = /elements = \{([^}]*)\}/.exec(body.replaceAll(/ comment "[^"]*"/g, ""))?.[1] ?? "";
  return elements
    .split(",")
    .map((element) => element.trim())
    .filter((element) => element !== "")
    .map((element) => {
      const [key = "", value = ""] = element.split(" : ");
      return [key, value] as const;
    });
}

/** `18:0 . 1` -> value, gathered by the id before the slot. */
function bySlots(rows: readonly (readonly [string, string])[]): Map<number, readonly string[]> {
  const found = new Map<number, readonly string[]>();
  for (const [key, value] of rows) {
    const id = classId(key.split(" . ")[0] ?? "");
    found.set(id, [...(found.get(id) ?? []), value]);
  }
  return found;
}

/** A traffic class as nft prints it, `18:1`, both parts hexadecimal; `none` is 0. */
function classId(text: string): number {
  if (text === "none") return 0;
  const [major = "", minor = ""] = text.split(":");
  return ((Number.parseInt(major || "0", 16) << 16) | Number.parseInt(minor || "0", 16)) >>> 0;
}
