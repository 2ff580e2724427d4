/**
 * Records what `ip` sends to the kernel, as goldens for src/netlink/route: `node tools/record-route.ts`, as root, with iproute2 and
 * strace. Works in two network namespaces of its own.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const golden = fileURLToPath(new URL("../src/netlink/route/testdata/ip.golden", import.meta.url));
const first = `pt-${process.pid}-record`;
const second = `${first}-2`;

/** PEER stands for the second namespace. */
const commands = `
link add br0 type bridge
link add v0 type veth peer name v1
link add v2 type veth peer name v3 netns PEER
link set v0 up
link set v0 down
link set v0 master br0
link set v0 nomaster
link set v0 mtu 1400
link set v0 address 02:00:00:00:00:01
link set v0 name w0
link set v1 netns PEER
link set lo up
link set w0 up
link set v2 up
addr add 10.1.0.1/24 dev lo
addr add 10.2.0.1/24 dev w0 scope link
addr replace 10.2.0.1/24 dev w0
addr add fd00:1::1/64 dev w0 nodad
addr del 10.1.0.1/24 dev lo
-4 addr show
addr show dev w0
route add 10.5.0.0/16 via 10.2.0.9 dev w0 onlink
route replace 10.6.0.0/16 dev v2
route add default dev v2 table 100
route add blackhole 10.7.0.0/16
route add 10.8.0.0/16 dev v2 src 10.2.0.1 metric 50
route add local 10.9.0.0/16 dev lo
-6 route add fd00:5::/64 via fe80::9 dev w0
route del 10.6.0.0/16 dev v2
-4 route show table main
-6 route show table main
-4 route show table 100
neigh add 10.2.0.9 lladdr 02:00:00:00:00:09 dev w0
neigh replace fd00:1::9 lladdr 02:00:00:00:00:0a dev w0 nud permanent
neigh del 10.2.0.9 dev w0
neigh show dev w0
rule add from 10.5.0.0/16 lookup 100
rule add fwmark 0x10/0xf0 lookup 200 priority 77
-6 rule add to fd00:9::/32 iif lo blackhole
rule del fwmark 0x10/0xf0 lookup 200 priority 77
rule show
link del w0
`
  .trim()
  .split("\n");

/** RTM_GETADDR and so on: the message that lists, among those that look up names. */
const typeOfList: Readonly<Record<string, number>> = { addr: 22, route: 26, neigh: 30, rule: 34 };

const folder = mkdtempSync(join(tmpdir(), "record-route-"));
try {
  for (const name of [first, second]) execFileSync("ip", ["netns", "add", name]);
  writeFileSync(golden, commands.map(record).join("\n"));
} finally {
  for (const name of [first, second]) execFileSync("ip", ["netns", "delete", name]);
  rmSync(folder, { recursive: true });
}

/** Runs a command and returns it with the last message that it sent, four bytes per line: those before it only look up names. */
function record(command: string): string {
  const trace = join(folder, "trace");
  const words = command.replace("PEER", second).split(" ");
  execFileSync(
    "strace",
    ["-o", trace, "-e", "trace=sendmsg,sendto", "-e", "write=all", "-xx", "ip", "-n", first, "-N", ...words],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const sent = readFileSync(trace, "utf8").split(/^send/m).slice(1).map(bytesOf);
  const type = typeOfList[words.find((word) => word in typeOfList && command.includes("show")) ?? ""];
  const message = type ? sent.find((bytes) => bytes.readUInt16LE(4) === type) : sent.at(-1);
  if (!message) throw new Error(`Cannot record "ip ${command}": it sent nothing`);
  // The sequence number is a time of day.
  message.writeUInt32LE(0, 8);
  // What stands behind the message is of no meaning.
  const bytes = message.subarray(0, message.readUInt32LE(0));
  return `# ip ${command}\n${bytes.toString("hex").replace(/.{8}/g, "$&\n")}`;
}

/** Reads strace's hex dump: ` | 00010  00 00 00 00  … |`. */
function bytesOf(call: string): Buffer {
  const rows = call.split("\n").filter((line) => line.startsWith(" | "));
  return Buffer.from(rows.map((line) => line.slice(10, 59).replaceAll(" ", "")).join(""), "hex");
}
