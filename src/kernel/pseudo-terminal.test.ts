import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { openPseudoTerminal } from "./pseudo-terminal.ts";

test("a program on a pseudo-terminal is typed to, and learns its size", async (t) => {
  const terminal = await openPseudoTerminal();
  if (!terminal) return t.skip("no pseudo-terminal is to be had here");
  terminal.resize(100, 40);
  const text: string[] = [];
  terminal.stream.on("data", (chunk: Buffer) => text.push(chunk.toString()));
  terminal.stream.on("error", () => {});
  const script = "tty; stty size; read line; echo got $line";
  const onTerminal = ["-c", 'exec <"$0" >"$0" 2>&1; exec "$@"', terminal.path, "sh", "-c", script];
  const child = spawn("/bin/sh", onTerminal, { detached: true, stdio: "ignore" });
  terminal.stream.write("hello\n");
  await Promise.all([once(child, "exit"), new Promise((resolve) => terminal.stream.once("close", resolve))]);
  assert.match(text.join(""), new RegExp(`${terminal.path}\\r\\n40 100\\r\\n[\\s\\S]*got hello`));
  terminal.resize(1, 1);
});
