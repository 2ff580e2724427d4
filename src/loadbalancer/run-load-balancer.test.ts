import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { silentLogger } from "../lib/log.ts";
import { httpGet } from "../proxy/testing/http-get.ts";
import { openConfigSource } from "./config/config-source.ts";
import { type LoadBalancerOptions, runLoadBalancer } from "./run-load-balancer.ts";
import type { StatusReport } from "./status/status-report.ts";
import { startNode, untilAnswers, whoAnswers } from "./testing/test-nodes.ts";

const directory = await mkdtemp(join(tmpdir(), "porthole-lb-"));
after(() => rm(directory, { recursive: true }));

const frontend = "127.4.2.99";
const [first, second] = ["127.4.2.1", "127.4.2.2"] as const;
const basePort = 20_000 + (process.pid % 10_000);

interface Running extends AsyncDisposable {
  readonly file: string;
  /** Messages of all that was logged, with the error if there is one. */
  readonly log: string[];
  /** Resolves when a line with the text was logged. */
  logged(text: string): Promise<void>;
}

async function start(
  name: string,
  yaml: string,
  options: Partial<LoadBalancerOptions> = {},
): Promise<Running> {
  const file = join(directory, `${name}.yaml`);
  await writeFile(file, yaml);
  const log: string[] = [];
  const waiting = new Set<() => void>();
  const note = (message: string, fields?: object) => {
    log.push(`${message} ${JSON.stringify(fields ?? {})}`);
    for (const look of waiting) look();
  };
  const logger = { ...silentLogger, info: note, warn: note, error: note };
  const stop = new AbortController();
  const ready = Promise.withResolvers<void>();
  const ended = runLoadBalancer({
    source: openConfigSource(file, logger),
    log: logger,
    signal: stop.signal,
    onReady: ready.resolve,
    ...options,
  });
  await Promise.race([ready.promise, ended]);
  return {
    file,
    log,
    logged: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (!log.some((line) => line.includes(text))) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

function yamlFor(port: number, nodes: readonly string[], nodePort: number): string {
  return `nodes: [${nodes.join(", ")}]\nfrontends: [{name: web, address: ${frontend}, port: ${port}, nodePort: ${nodePort}}]\n`;
}

describe("runLoadBalancer with a file", () => {
  test("a client sees nothing of a node that dies, which gets no connections until it is back", async () => {
    const [port, nodePort] = [basePort, basePort + 1];
    await using _first = disposable(await startNode(first, nodePort));
    const dying = await startNode(second, nodePort);
    await using balancer = await start("dies", yamlFor(port, [first, second], nodePort));
    const seen = new Set<string>();
    while (seen.size < 2) seen.add(await whoAnswers(frontend, port));

    await dying.stop();
    for (let count = 0; count < 50; count++) assert.equal(await whoAnswers(frontend, port), first);
    await balancer.logged("Backend is unhealthy");

    await using _back = disposable(await startNode(second, nodePort));
    await untilAnswers(frontend, port, (answer) => answer === second);
    assert.ok(
      balancer.log.some((line) => line.startsWith("Backend is healthy") && line.includes("unhealthy")),
    );
  });

  test("a changed file is followed, a wrong one reported while the last good state stays", async () => {
    const [port, nodePort] = [basePort + 2, basePort + 3];
    await using _first = disposable(await startNode(first, nodePort));
    await using _second = disposable(await startNode(second, nodePort));
    await using balancer = await start("reload", yamlFor(port, [first], nodePort));
    assert.equal(await whoAnswers(frontend, port), first);
    await writeFile(balancer.file, yamlFor(port, ["here"], nodePort));
    await balancer.logged("nodes[0]: write an IP address");
    assert.equal(await whoAnswers(frontend, port), first);
    await writeFile(balancer.file, yamlFor(port, [second], nodePort));
    await untilAnswers(frontend, port, (answer) => answer === second);
  });

  test("a node that leaves keeps its connections until the deadline", async () => {
    const [port, nodePort] = [basePort + 4, basePort + 5];
    await using _first = disposable(await startNode(first, nodePort));
    await using _second = disposable(await startNode(second, nodePort));
    const yaml = yamlFor(port, [second], nodePort);
    await using balancer = await start("drain", yaml, { drainMs: 300, statusAddress: `127.0.0.1:${port}` });
    const client = connect({ host: frontend, port });
    await once(client, "data");
    await writeFile(balancer.file, yamlFor(port, [first], nodePort));
    await untilAnswers(frontend, port, (answer) => answer === first);
    client.write("still there");
    const [echo] = (await once(client, "data")) as [Buffer];
    assert.equal(echo.toString(), "still there");
    const { body } = await httpGet(`http://127.0.0.1:${port}/status`);
    const [status] = (JSON.parse(body) as StatusReport).frontends;
    assert.deepEqual(
      status?.backends.map(({ address, state }) => [address, state]),
      [
        [first, "healthy"],
        [second, "draining"],
      ],
    );
    const [error] = (await once(client, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNRESET");
  });

  test("where all nodes fall silent at once nobody can tell, so they stay", async () => {
    const [port, nodePort] = [basePort + 6, basePort + 7];
    const nodes = [await startNode(first, nodePort), await startNode(second, nodePort)];
    await using balancer = await start("silent", yamlFor(port, [first, second], nodePort));
    await balancer.logged(`"check":"tcp://${second}:${nodePort}","was":"unknown"`);
    await Promise.all(nodes.map((node) => node.stop()));
    await balancer.logged(`${first}:${nodePort}","was":"healthy"`);
    await balancer.logged(`${second}:${nodePort}","was":"healthy"`);
    await using _back = disposable(await startNode(first, nodePort));
    assert.equal(await whoAnswers(frontend, port), first, "before a probe has seen it");
  });

  test("a wrong file at the start is an error that says what to write", async () => {
    await assert.rejects(start("wrong", "frontends: 3\n"), /wrong\.yaml:\nfrontends: write a list/);
  });
});

function disposable(node: { stop(): Promise<void> }): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => node.stop() };
}
