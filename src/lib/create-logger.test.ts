import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const module_ = fileURLToPath(new URL("./create-logger.ts", import.meta.url));

/** Runs `code` with a logger `log` of level `info` in a process of its own. */
function runLogging(code: string) {
  const script = `import { createLogger } from ${JSON.stringify(module_)}; const log = createLogger("tester", "info"); ${code}`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "pipe"] });
}

async function linesOf(code: string): Promise<readonly Record<string, unknown>[]> {
  const output = await text(runLogging(code).stderr);
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("a line is JSON: level, time, component, fields and the message", async () => {
  const [line, ...others] = await linesOf(`
    log.debug("not at this level");
    log.child({ node: "n1" }).warn("Lost", { port: 80, level: "high", nothing: undefined });`);
  const { time, ...rest } = line ?? {};
  assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(rest, { level: 40, component: "tester", node: "n1", port: 80, msg: "Lost" });
  assert.equal(others.length, 0);
});

test("what JSON cannot print is logged all the same", async () => {
  const lines = await linesOf(`
    const loop = {}; loop.loop = loop;
    log.error("e", { error: new Error("no"), big: 2n ** 64n });
    log.info("loop", { loop, a: 1 });`);
  assert.deepEqual(
    lines.map(({ level, msg, error, big, unprintable }) => [level, msg, error, big, unprintable]),
    [
      [50, "e", "no", "18446744073709551616", undefined],
      [30, "loop", undefined, undefined, ["component", "loop", "a"]],
    ],
  );
});

test("a slow reader gets every line whole", async () => {
  const child = runLogging(`for (let i = 0; i < 2000; i++) log.info("x".repeat(500), { i });`);
  child.stderr.pause();
  await once(child.stderr, "readable");
  const lines = (await text(child.stderr)).trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).i),
    Array.from({ length: 2000 }, (_, index) => index),
  );
});

test("a program goes on when nobody reads its log any more", async () => {
  const child = runLogging(`
    process.stdin.once("data", () => { log.info("a"); log.info("b"); console.log("still here"); process.exit(0); });`);
  child.stderr.destroy();
  child.stdin.write("go");
  assert.equal(await text(child.stdout), "still here\n");
});
