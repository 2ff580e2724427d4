/** Kernel settings, the files of /proc/sys. */
import { readFileSync, writeFileSync } from "node:fs";
import type { NetworkNamespace } from "./network-namespace.ts";

/** Where a setting is read or written: /proc/sys/net shows those of the namespace that the file is opened in. */
export type SysctlPlace = Pick<NetworkNamespace, "run" | "name">;

/**
 * Reads a setting, `net/ipv4/ip_forward`, without the newline at its end, in a network namespace if one is given. Undefined if this
 * kernel does not have it, or not yet: those of conntrack come with its module. Throws an error that names the setting.
 */
export function readSysctl(key: string, namespace?: SysctlPlace): string | undefined {
  const path = pathOf(key);
  const read = () => readFileSync(path, "utf8").replace(/\n$/, "");
  try {
    return namespace ? namespace.run(read) : read();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw failure(`Cannot read the kernel setting ${key}`, namespace, error);
  }
}

/**
 * Writes a setting. Throws an error that names the setting, the value and what is to be done. NOTE: a few settings, such as
 * `net/netfilter/nf_conntrack_max`, are the initial namespace's and read-only elsewhere.
 */
export function writeSysctl(key: string, value: string | number, namespace?: SysctlPlace): void {
  const path = pathOf(key);
  // One write(2): the kernel takes each for a value of its own.
  const write = () => writeFileSync(path, `${value}\n`, { flag: "r+" });
  try {
    if (namespace) namespace.run(write);
    else write();
  } catch (error) {
    throw failure(`Cannot set the kernel setting ${key} to "${value}"`, namespace, error);
  }
}

/** Keys are written with slashes, since names of links may hold dots. */
function pathOf(key: string): string {
  if (
    !/^[A-Za-z0-9_.@:-]+(\/[A-Za-z0-9_.@:-]+)+$/.test(key) ||
    key.split("/").some((part) => /^\.+$/.test(part))
  )
    throw new RangeError(`Cannot use the kernel setting "${key}": write it as net/ipv4/ip_forward`);
  return `/proc/sys/${key}`;
}

const advice: Readonly<Record<string, string>> = {
  ENOENT: "this kernel does not have it, or its module is not loaded",
  EACCES: "permission denied; run as root",
  EPERM: "not permitted; run as root, in the namespace that owns it",
  EROFS: "/proc/sys is mounted read-only; give the container the privilege to write it",
  EINVAL: "the kernel does not take this value",
};

function failure(action: string, namespace: SysctlPlace | undefined, cause: unknown): Error {
  const where = namespace ? ` in the network namespace "${namespace.name}"` : "";
  const code = codeOf(cause);
  const why = (code && advice[code]) ?? (cause instanceof Error ? cause.message : String(cause));
  return Object.assign(new Error(`${action}${where}: ${why}`, { cause }), { code });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
