/**
 * Records what `ipvsadm` sends to the kernel, as goldens for src/netlink/ipvs: `node tools/record-ipvs.ts`, with ipvsadm and strace. Works
 * in a virtual machine (see tools/vm), because IPVS is asked for by a number that only a kernel with IPVS gives out.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runInVm } from "./vm/run-in-vm.ts";

const golden = fileURLToPath(new URL("../src/netlink/ipvs/testdata/ipvsadm.golden", import.meta.url));
const commands = [
  "-A -t 10.96.0.1:80 -s rr -p 600",
  "-A -f 524289 -s wlc",
  "-A -f 7 -6 -s sh",
  "-A -u [fd00::96]:53 -s mh -b mh-port",
  "-E -f 524289 -s lc",
  "-a -t 10.96.0.1:80 -r 10.180.1.1:8080 -m -w 3",
  "-a -f 7 -6 -r [fd00::1]:8080 -m -w 1",
  "-e -t 10.96.0.1:80 -r 10.180.1.1:8080 -m -w 0",
  "-d -t 10.96.0.1:80 -r 10.180.1.1:8080",
  "-D -f 524289",
  "-C",
];

const trace = "strace -o /tmp/trace -e trace=sendmsg -e write=all -xx";
const script = commands
  .map((command) => `echo "# ipvsadm ${command}"; ${trace} ipvsadm ${command}; cat /tmp/trace`)
  .join("\n");

const lines: string[] = [];
const status = await runInVm(["bash", "-e", "-c", script], {
  memoryMiB: 1536,
  timeoutMs: 300_000,
  onLine: (line) => lines.push(line.trimEnd()),
});
if (status !== 0) throw new Error(`Cannot record:\n${lines.join("\n")}`);
const entries = lines
  .join("\n")
  .split(/^# ipvsadm /m)
  .slice(1);
writeFileSync(golden, entries.map(lastMessage).join("\n"));

/** The command with the last message that it sent. */
function lastMessage(entry: string): string {
  const [command = ""] = entry.split("\n");
  const rows =
    entry
      .split(/^sendmsg/m)
      .at(-1)
      ?.split("\n") ?? [];
  const dump = rows.filter((line) => line.startsWith(" | "));
  const message = Buffer.from(dump.map((line) => line.slice(10, 59).replaceAll(" ", "")).join(""), "hex");
  // The sequence number is a time of day, and behind it stands a number made of the process's.
  message.fill(0, 8, 16);
  return `# ipvsadm ${command}\n${message.toString("hex").replace(/.{8}/g, "$&\n")}`;
}
