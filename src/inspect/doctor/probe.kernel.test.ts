import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { promisify } from "node:util";
import { needsRoot, runIn, testNamespace } from "../../kernel/testing/kernel-test.ts";
import type { ProbeResult, ProbeTarget } from "./probe.ts";

const server = 'net.createServer().listen(30080, "10.77.0.1", () => console.log("listening"))';
const asking = `
  const { runProbes } = await import(${JSON.stringify(new URL("./probe.ts", import.meta.url).href)});
  console.log(JSON.stringify(await runProbes(JSON.parse(process.argv[1]))));
`;

test("nodes answer, refuse or are silent, and one cannot be reached at all", needsRoot, async (t) => {
  const namespace = await testNamespace(t);
  runIn(namespace, "ip", "link", "set", "lo", "up");
  runIn(namespace, "ip", "address", "add", "10.77.0.0/16", "dev", "lo");
  runIn(namespace, "ip", "route", "add", "unreachable", "10.78.0.0/16");
  runIn(
    namespace,
    "nft",
    "table ip wall { chain out { type filter hook output priority 0; ip daddr 10.77.128.0/17 drop; }; }",
  );
  const child = namespace.run(() =>
    spawn(process.execPath, ["-e", server], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");

  const silent = Array.from({ length: 1000 }, (_, index) => `10.77.${128 + (index >> 8)}.${index & 255}`);
  const targets = [...silent, "10.77.0.1", "10.77.0.2", "10.78.0.1"].map(nodePortOf);
  const { stdout } = await namespace.run(() =>
    promisify(execFile)(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        "--input-type=module",
        "-e",
        asking,
        "--",
        JSON.stringify([...targets, { kind: "proxy-health", node: "n", address: "10.77.0.2", port: 10_256 }]),
      ],
      { maxBuffer: 2 ** 24 },
    ),
  );
  const results = JSON.parse(stdout) as readonly ProbeResult[];
  assert.equal(results.length, targets.length + 1);
  const outcomes = new Map(
    results.map(({ target, outcome }) => [`${target.kind} ${target.address}`, outcome.kind]),
  );
  assert.deepEqual([...new Set(silent.map((address) => outcomes.get(`node-port ${address}`)))], ["silent"]);
  assert.equal(outcomes.get("node-port 10.77.0.1"), "answered");
  assert.equal(outcomes.get("node-port 10.77.0.2"), "refused");
  assert.equal(outcomes.get("node-port 10.78.0.1"), "unreachable");
  assert.equal(outcomes.get("proxy-health 10.77.0.2"), "refused");
});

function nodePortOf(address: string): ProbeTarget {
  return { kind: "node-port", node: "n", address, port: 30_080, service: "default/s" };
}
