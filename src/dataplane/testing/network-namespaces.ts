/** Network namespaces made with `ip`, named `pt-PID-…` after the test process that owns them. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

const folder = "/run/netns";
let worlds = 0;

/** Returns a prefix that no other world has, in this process or another: `pt-4711-1-`. */
export function namespacePrefix(): string {
  return `pt-${process.pid}-${++worlds}-`;
}

/** Runs `ip` commands, one a line, in a namespace or (undefined) outside of all. Throws with what `ip` said. */
export function runIp(namespace: string | undefined, commands: readonly string[]): void {
  const where = namespace === undefined ? [] : ["-n", namespace];
  execFileSync("ip", [...where, "-batch", "-"], {
    input: `${commands.join("\n")}\n`,
    stdio: ["pipe", "ignore", "pipe"],
  });
}

/** Makes empty namespaces with their loopback up, and removes what killed test runs have left. */
export function addNamespaces(names: readonly string[]): void {
  removeNamespaces(listNamespaces().filter(isAbandoned));
  runIp(
    undefined,
    names.map((name) => `netns add ${name}`),
  );
  for (const name of names) runIp(name, ["link set lo up"]);
}

/** Writes kernel settings of a namespace: `{"net/ipv4/ip_forward": "1"}`. */
export function writeSettings(namespace: string, settings: Readonly<Record<string, string>>): void {
  const writes = Object.entries(settings).map(([path, value]) => `echo ${value} > /proc/sys/${path}`);
  execFileSync("ip", ["netns", "exec", namespace, "sh", "-ec", writes.join("\n")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
}

/** Those that are gone already are passed over. */
export function removeNamespaces(names: readonly string[]): void {
  for (const name of names) {
    try {
      execFileSync("ip", ["netns", "delete", name], { stdio: "ignore" });
    } catch {
      // Another run removed it at the same moment.
    }
  }
}

function listNamespaces(): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function isAbandoned(name: string): boolean {
  const owner = /^pt-(\d+)-/.exec(name)?.[1];
  return owner !== undefined && !existsSync(`/proc/${owner}`);
}
