import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url));
const address = "203.0.113.9";
const isAble = process.getuid?.() === 0 && process.platform === "linux";
const skip = isAble || process.env.CI !== undefined ? false : "needs root, for a network namespace";

test("an address that comes to the machine later is served as soon as it is there", { skip }, async () => {
  const namespace = `pt-${process.pid}-lb`;
  const ip = (...args: readonly string[]) => execFileSync("ip", args, { encoding: "utf8" });
  const directory = mkdtempSync(join(tmpdir(), "porthole-lb-"));
  const file = join(directory, "lb.yaml");
  writeFileSync(
    file,
    `frontends: [{address: ${address}, port: 80, backends: [{address: 127.0.0.1, port: 9}]}]\n`,
  );
  ip("netns", "add", namespace);
  ip("-n", namespace, "link", "set", "lo", "up");
  const command = [
    process.execPath,
    main,
    "lb",
    "--config",
    file,
    "--status-address",
    "",
    "--log-level",
    "debug",
  ];
  const child = spawn("ip", ["netns", "exec", namespace, ...command], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.includes("is not on this machine")) break;
    }
    const listening = () => ip("netns", "exec", namespace, "ss", "-Hltn").includes(`${address}:80`);
    assert.equal(listening(), false);
    ip("-n", namespace, "address", "add", `${address}/32`, "dev", "lo");
    // Each look costs some milliseconds.
    for (let looks = 0; !listening(); looks++) assert.ok(looks < 2000, "it is not served");
  } finally {
    child.kill("SIGTERM");
    await exited;
    ip("netns", "delete", namespace);
    rmSync(directory, { recursive: true });
  }
});
