import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { exportConfiguration } from "./export-configuration.ts";
import type { ExportFrontend, ExportModel } from "./export-model.ts";

const base: Omit<ExportFrontend, "name" | "port"> = {
  address: "127.0.0.1",
  protocol: "TCP",
  backends: [
    { name: "a", address: "192.168.0.1", port: 30080, weight: 1 },
    { name: "b", address: "fd00::2", port: 30080, weight: 2 },
  ],
  healthCheck: { kind: "tcp" },
  sticky: false,
};
const everything: ExportModel = {
  frontends: [
    { ...base, name: "default_web_http", port: 30080 },
    {
      ...base,
      name: "default_local_80",
      port: 30081,
      healthCheck: { kind: "http", port: 31000, path: "/healthz" },
    },
    { ...base, name: "default_sticky_80", port: 30082, sticky: true, proxyProtocol: "v2" },
    { ...base, name: "default_dns_dns", port: 30053, protocol: "UDP", sticky: true },
    { ...base, name: "default_empty_80", port: 30083, backends: [] },
  ],
};

/** How each program checks a file, and serves it in the foreground. */
const programs = {
  haproxy: { check: (file: string) => ["-c", "-f", file], serve: (file: string) => ["-db", "-f", file] },
  nginx: {
    check: (file: string, folder: string) => ["-t", "-e", "stderr", "-g", `pid ${folder}/pid;`, "-c", file],
    serve: (file: string, folder: string) => [
      "-e",
      "stderr",
      "-g",
      `daemon off; pid ${folder}/pid;`,
      "-c",
      file,
    ],
  },
} as const;
type Program = keyof typeof programs;

function needs(program: Program) {
  const missing = spawnSync(program, ["-v"]).error !== undefined;
  return {
    timeout: 30_000,
    skip: process.env.CI !== "true" && missing && `needs the Debian package ${program}`,
  };
}

function writeConfiguration(t: TestContext, program: Program, model: ExportModel) {
  const folder = mkdtempSync(join(tmpdir(), `pt-${program}-`));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "configuration");
  writeFileSync(file, exportConfiguration(program, model));
  return { file, folder };
}

for (const program of ["haproxy", "nginx"] as const) {
  test(`${program} takes the configuration of everything`, needs(program), (t) => {
    const { file, folder } = writeConfiguration(t, program, everything);
    const { status, stderr } = spawnSync(program, programs[program].check(file, folder), {
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
  });

  test(`${program} serves a NodePort, and loses no request when a node dies`, needs(program), async (t) => {
    const nodes = await startNodes(t, 3);
    const listener = await freePort();
    const backends = nodes.map(({ address, port }, at) => ({ name: `node${at}`, address, port, weight: 1 }));
    const frontend = { ...base, name: "default_web_http", port: listener, backends };
    const { file, folder } = writeConfiguration(t, program, { frontends: [frontend] });
    const child = spawn(program, programs[program].serve(file, folder), { stdio: "ignore" });
    t.after(async () => {
      child.kill("SIGTERM");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    });
    await untilServed(listener);
    assert.deepEqual(await answersOf(listener, 30), new Set(["0", "1", "2"]));
    nodes[1]?.server.close();
    await once(nodes[1]?.server as Server, "close");
    assert.deepEqual(await answersOf(listener, 30), new Set(["0", "2"]));
  });
}

test("what a program cannot serve is named in the output", () => {
  assert.match(
    exportConfiguration("haproxy", everything),
    /^# Left out, since HAProxy does not forward UDP: default_dns_dns$/m,
  );
  assert.match(
    exportConfiguration("nginx", everything),
    /^# nginx as open source has no active health checks/m,
  );
  for (const format of ["haproxy", "nginx", "envoy"] as const)
    assert.match(
      exportConfiguration(format, everything),
      /^# Left out, since it has no nodes: default_empty_80$/m,
    );
});

test("what is exported of one model is always the same", () => {
  for (const format of ["haproxy", "nginx", "envoy"] as const)
    assert.equal(
      exportConfiguration(format, everything),
      exportConfiguration(format, structuredClone(everything)),
    );
});

interface TestNode {
  readonly address: string;
  readonly port: number;
  readonly server: Server;
}

/** Listeners that answer with their number; each has a loopback address of its own. */
async function startNodes(t: TestContext, count: number): Promise<readonly TestNode[]> {
  const nodes: TestNode[] = [];
  for (let number = 0; number < count; number += 1) {
    const address = `127.${1 + (process.pid % 200)}.77.${number + 1}`;
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.end(String(number));
    });
    server.listen(0, address);
    await once(server, "listening");
    t.after(() => server.close());
    nodes.push({ address, port: (server.address() as { port: number }).port, server });
  }
  return nodes;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** What a connection answers; undefined if it is refused or broken. */
function ask(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    connect(port, "127.0.0.1")
      .setEncoding("utf8")
      .on("data", (part) => {
        text += part;
      })
      .on("error", () => resolve(undefined))
      .on("close", () => resolve(text === "" ? undefined : text));
  });
}

/** A program of others does not tell when it listens, so it is asked again until it does. */
async function untilServed(port: number): Promise<void> {
  while ((await ask(port)) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Fails if one of the requests is not answered. */
async function answersOf(port: number, count: number): Promise<ReadonlySet<string>> {
  const answers = new Set<string>();
  for (let number = 0; number < count; number += 1) {
    const answer = await ask(port);
    assert.ok(answer !== undefined, `request ${number} was lost`);
    answers.add(answer);
  }
  return answers;
}
