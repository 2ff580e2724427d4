/** The programs of iptables: the one place that runs them. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { NetworkNamespace } from "../../kernel/index.ts";

/** The kernel's own tables (`legacy`), or the same rules in tables of nf_tables (`nft`). */
export const variants = ["nft", "legacy"] as const;
export type Variant = (typeof variants)[number];
export type Program = "iptables" | "ip6tables";

export interface IptablesPrograms {
  readonly variant: Variant;
  /** `1.8.9` */
  readonly version: string;
  /** Whether `iptables` alone means this variant. */
  readonly isDefault: boolean;
  /** How many names of chains a transaction should have at most. */
  readonly namesAtOnce: number;
  /** What iptables-save prints of all tables that there are. */
  save(program: Program): Promise<string>;
  /** The table filter alone, with a counter of packets and bytes before each rule. */
  saveCounters(program: Program): Promise<string>;
  /** Runs iptables-restore --noflush. Throws an error that says what it refused. */
  restore(program: Program, text: string): Promise<void>;
}

/** A node with 10,000 Services has some 30 MB of rules. */
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
/**
 * PERF: legacy reads and writes the whole table in each transaction. The memory that nft takes grows with a transaction, and its time with
 * the square of the names in it: 10,000 new chains at once take 8 s and 130 MB, in parts of 500 names 1.8 s and 8 MB.
 */
const namesAtOnce: Readonly<Record<Variant, number>> = { nft: 500, legacy: Number.POSITIVE_INFINITY };
/** Others hold the lock of iptables-legacy for as long as a change of theirs takes. */
const LOCK_SECONDS = 30;

/**
 * Finds the programs of a variant: `iptables-nft-save` and its like, or `iptables-save` where that is of the variant. Undefined if they are
 * not installed. Runs them in a namespace if one is given.
 */
export async function findPrograms(
  variant: Variant,
  namespace?: NetworkNamespace,
): Promise<IptablesPrograms | undefined> {
  const standard = await variantOf("iptables");
  for (const infix of [`-${variant}`, ""]) {
    const found = infix === "" ? standard : await variantOf(`iptables${infix}`);
    if (found?.variant !== variant) continue;
    return {
      ...found,
      isDefault: standard?.variant === variant,
      namesAtOnce: namesAtOnce[variant],
      save: (program) => run(`${program}${infix}-save`, [], "", namespace),
      saveCounters: (program) =>
        run(`${program}${infix}-save`, ["--counters", "--table", "filter"], "", namespace),
      async restore(program, text) {
        const options = ["--noflush", "--counters", "--wait", String(LOCK_SECONDS)];
        await run(`${program}${infix}-restore`, options, text, namespace);
      },
    };
  }
  return undefined;
}

/** What `iptables --version` says: `iptables v1.8.9 (nf_tables)`, before 1.8 only `iptables v1.6.1`. Undefined if it is not installed. */
async function variantOf(
  command: string,
): Promise<{ readonly variant: Variant; readonly version: string } | undefined> {
  let output: string;
  try {
    output = await run(command, ["--version"], "", undefined);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const [, version = "0", kind = "legacy"] = /v([\d.]+)(?: \((\w+)\))?/.exec(output) ?? [];
  return { variant: kind === "nf_tables" ? "nft" : "legacy", version };
}

async function run(
  command: string,
  args: readonly string[],
  input: string,
  namespace: NetworkNamespace | undefined,
): Promise<string> {
  // A child is forked at once, and so in the namespace that is entered around it.
  const start = () => promisify(execFile)(command, args, { maxBuffer: MAX_OUTPUT_BYTES });
  const running = namespace ? namespace.run(start) : start();
  // A program that ends without reading says why by itself.
  running.child.stdin?.on("error", () => {});
  running.child.stdin?.end(input);
  try {
    return (await running).stdout;
  } catch (error) {
    if (isMissing(error)) throw error;
    throw new Error(`${command} failed: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { stderr = "", message } = error as Error & { readonly stderr?: string };
  const told = stderr
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .join("; ");
  return told || message;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
