import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Clock } from "../../lib/clock.ts";
import { configurationChange } from "./configuration-change.ts";

/** Time flies; `looks(n)` resolves when the file was looked at so many times. */
function fastClock(): { clock: Clock; looks: (count: number) => Promise<void> } {
  let count = 0;
  const after = (_ms: number, run: () => void) => {
    count += 1;
    const timer = setImmediate(run);
    return () => clearImmediate(timer);
  };
  const looks = async (wanted: number) => {
    const until = count + wanted;
    while (count < until) await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock: { now: () => 0, after }, looks };
}

test("another text ends it; the same text once more, or none for a while, does not", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "porthole-configuration-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "config.conf");
  await writeFile(file, "mode: nftables");
  const { clock, looks } = fastClock();
  const stop = new AbortController();
  let ended = false;
  const change = configurationChange(file, stop.signal, clock).finally(() => {
    ended = true;
  });
  const rejection = assert.rejects(change, /config\.conf has changed: start again/);
  await looks(2);
  await rename(file, `${file}.old`);
  await looks(2);
  await writeFile(`${file}.new`, "mode: nftables");
  await rename(`${file}.new`, file);
  await looks(2);
  assert.equal(ended, false);
  await writeFile(file, "mode: iptables");
  await rejection;
});

test("the signal ends it in peace", async () => {
  const { clock, looks } = fastClock();
  const stop = new AbortController();
  const change = configurationChange("/nowhere/at/all", stop.signal, clock);
  await looks(2);
  stop.abort();
  await change;
});
