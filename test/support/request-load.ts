/**
 * `request-load.ts URL…`: several clients ask each URL without a pause until standard input ends, some with a new connection for each
 * request, some on connections that are kept. Prints a line once every client has had an answer, then a `LoadReport`. A program of its own,
 * since it runs in another network namespace.
 */
import { Agent, get } from "node:http";

export interface LoadReport {
  readonly clients: readonly {
    readonly url: string;
    readonly kept: boolean;
    readonly answered: number;
    /** The first few, each with how many answers came before it. */
    readonly failures: readonly string[];
    /** Names of the pods that answered. */
    readonly pods: readonly string[];
  }[];
}

const clientsOfAKind = 2;
const timeoutMs = 5000;
const mostFailures = 5;
let stopping = false;
process.stdin.resume().once("end", () => {
  stopping = true;
});

/** Resolves with the name of the pod that answered. */
function ask(url: string, agent: Agent | false): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { accept: "application/json" };
    const request = get(url, { agent, timeout: timeoutMs, headers }, async (response) => {
      try {
        let body = "";
        for await (const part of response.setEncoding("utf8")) body += part;
        if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
        resolve((JSON.parse(body) as { pod: string }).pod);
      } catch (error) {
        reject(error);
      }
    });
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.on("error", reject);
  });
}

async function load(url: string, kept: boolean, onFirst: () => void) {
  const agent = kept && new Agent({ keepAlive: true, maxSockets: 1 });
  const failures: string[] = [];
  const pods = new Set<string>();
  let answered = 0;
  while (!stopping && failures.length < mostFailures) {
    try {
      pods.add(await ask(url, agent));
      answered += 1;
      if (answered === 1) onFirst();
    } catch (error) {
      failures.push(`${(error as Error).message} after ${answered}`);
    }
  }
  if (agent) agent.destroy();
  return { url, kept, answered, failures, pods: [...pods] };
}

let waiting = 0;
const clients = process.argv.slice(2).flatMap((url) =>
  [false, true].flatMap((kept) =>
    Array.from({ length: clientsOfAKind }, () => {
      waiting += 1;
      return load(url, kept, () => {
        waiting -= 1;
        if (waiting === 0) console.log("every client was answered");
      });
    }),
  ),
);
console.log(JSON.stringify({ clients: await Promise.all(clients) } satisfies LoadReport));
