/**
 * Records what nft sends: `node tools/record-netlink-nft.ts`, as root, with strace and nft 1.0.6 of Debian 12. For each CASE.nft of
 * src/netlink/nftables/testdata it writes CASE.golden, the bytes of the batch, and CASE.debug, what nft says that they mean.
 * CASE.before.nft is loaded first, if there is one. Each case has a network namespace of its own.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eachMessage } from "../src/netlink/codec/index.ts";

const folder = new URL("../src/netlink/nftables/testdata/", import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), "record-netlink-"));
try {
  for (const file of readdirSync(folder)) {
    if (file.endsWith(".nft") && !file.endsWith(".before.nft")) record(file.slice(0, -".nft".length));
  }
} finally {
  rmSync(scratch, { recursive: true });
}

function record(name: string): void {
  const trace = join(scratch, `${name}.strace`);
  const before = join(folder, `${name}.before.nft`);
  const load = existsSync(before) ? `nft -f ${before} && ` : "";
  // -e write=3 prints in hex all that traced calls write to descriptor 3, which is nft's netlink socket.
  const command = `strace -e trace=sendmsg -e write=3 -s 0 -o ${trace} nft --debug=netlink -f ${join(folder, `${name}.nft`)}`;
  const debug = execFileSync("unshare", ["-n", "sh", "-c", load + command], { encoding: "utf8" });
  const bytes = Buffer.from(
    [...readFileSync(trace, "utf8").matchAll(/^ \| [0-9a-f]+ {2}(.{49})/gm)]
      .map(([, hex = ""]) => hex.replaceAll(" ", ""))
      .join(""),
    "hex",
  );
  const messages = [...eachMessage(bytes)].map((message) => Buffer.from(message).toString("hex"));
  const lines = messages.map((hex) => `${hex.match(/.{1,8}/g)?.join("\n")}\n`);
  writeFileSync(join(folder, `${name}.golden`), `# nft -f ${name}.nft\n${lines.join("\n")}`);
  writeFileSync(join(folder, `${name}.debug`), debug);
}
