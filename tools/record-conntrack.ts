/**
 * Records what `conntrack` sends to the kernel, as goldens for src/netlink/conntrack: `node tools/record-conntrack.ts`, as root, with
 * conntrack, iproute2 and strace. Works in a network namespace of its own.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const golden = fileURLToPath(new URL("../src/netlink/conntrack/testdata/conntrack.golden", import.meta.url));
const namespace = `pt-${process.pid}-record`;
const four = "-p udp -s 10.0.0.1 -d 10.0.0.2 --sport 1000 --dport 53";
const six = "-p udp -s fd00::1 -d fd00::2 --sport 1001 --dport 53";
const commands = ["-L", "-L -f ipv6", "-L --status ASSURED", "-C", `-D ${four}`, `-D ${six}`];

const folder = mkdtempSync(join(tmpdir(), "record-conntrack-"));
try {
  execFileSync("ip", ["netns", "add", namespace]);
  for (const flow of [four, six]) run("conntrack", "-I", ...flow.split(" "), "-t", "300");
  writeFileSync(golden, commands.map(record).join("\n"));
} finally {
  execFileSync("ip", ["netns", "delete", namespace]);
  rmSync(folder, { recursive: true });
}

/** Runs a command and returns it with the last message that it sent. */
function record(command: string): string {
  const trace = join(folder, "trace");
  const strace = ["strace", "-o", trace, "-e", "trace=sendmsg,sendto", "-e", "write=all", "-xx"];
  run(...strace, "conntrack", ...command.split(" "));
  const rows = readFileSync(trace, "utf8").split(/^send/m).at(-1)?.split("\n") ?? [];
  const dump = rows.filter((line) => line.startsWith(" | "));
  const message = Buffer.from(dump.map((line) => line.slice(10, 59).replaceAll(" ", "")).join(""), "hex");
  // The sequence number is a time of day.
  message.writeUInt32LE(0, 8);
  // `conntrack` deletes by repeating all that it knows of a flow; the kernel looks at the first attribute.
  const end = command.startsWith("-D") ? 20 + message.readUInt16LE(20) : message.length;
  return `# conntrack ${command}\n${message.subarray(0, end).toString("hex").replace(/.{8}/g, "$&\n")}`;
}

function run(...words: readonly string[]): void {
  execFileSync("ip", ["netns", "exec", namespace, ...words], { stdio: "ignore" });
}
