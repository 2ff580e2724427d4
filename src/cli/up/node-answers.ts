/** Asks the NodePorts of the local cluster until each node answers. */
import { setTimeout as delay } from "node:timers/promises";
import { get } from "../../lib/http.ts";

const retryDelayMs = 20;
const answerTimeoutMs = 2000;

/** Resolves once `http://address:port/` answers, whatever it says; rejects when the signal fires. */
export async function untilAnswers(address: string, port: number, signal: AbortSignal): Promise<void> {
  while (!(await answers(address, port))) await delay(retryDelayMs, undefined, { signal });
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: address, port, timeout: answerTimeoutMs, agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
