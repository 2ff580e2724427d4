import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { needsRoot, testNamespace } from "../kernel/testing/kernel-test.ts";

const script = fileURLToPath(new URL("testing/nftables-node.ts", import.meta.url));

/** Of Debian; a missing one is a failure in CI. */
const missing = ["ip", "nft", "iptables"].filter((program) => spawnSync(program, ["-V"]).error);
const needsPrograms = {
  skip:
    needsRoot.skip ||
    (missing.length > 0 &&
      process.env.CI !== "true" &&
      `needs ${missing.join(", ")}: apt-get install iproute2 nftables iptables`),
};

test(
  "in nftables mode rules are healed, outlive the proxy, and go with a clean-up; localhost has sockets",
  needsPrograms,
  async (t) => {
    const namespace = await testNamespace(t);
    const node = namespace.run(() =>
      spawn(process.execPath, [script], { detached: true, stdio: ["ignore", "ignore", "pipe"] }),
    );
    t.after(() => endGroup(node.pid));
    let errors = "";
    node.stderr.on("data", (chunk) => {
      errors += String(chunk);
    });
    const [code] = await once(node, "close");
    assert.equal(code, 0, errors);
  },
);

/** Ends a process and what it started, if any of it is left. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
