/**
 * Asks places until they answer. Reads lines `{"id", "host", "port", "want"}`, connects until the answer is `want`, and prints
 * `{"id", "at"}`: microseconds of the clock that all processes share. Ends when its standard input does.
 */
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

export interface Probe {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly want: string;
}

const retryMs = 0.5;
const connectTimeoutMs = 1000;

createInterface({ input: process.stdin })
  .on("line", (line) => void answerOf(JSON.parse(line) as Probe))
  .on("close", () => process.exit(0));

async function answerOf({ id, host, port, want }: Probe): Promise<void> {
  while ((await ask(host, port)) !== want) await delay(retryMs);
  console.log(JSON.stringify({ id, at: Number(process.hrtime.bigint() / 1000n) }));
}

function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ host, port });
    socket.setTimeout(connectTimeoutMs, () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}
