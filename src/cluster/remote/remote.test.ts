import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { nodes } from "../../client/index.ts";
import { listMarkedProcesses } from "../../kernel/index.ts";
import { podVariable } from "../previous-pods.ts";
import { isReady, startTestNode, type TestNode } from "../testing/test-node.ts";

const stdin = 0;
const stdout = 1;
const stderr = 2;
const status = 3;
const resize = 4;

interface Session {
  readonly ws: WebSocket;
  send(channel: number, text: string): void;
  /** All that came on a channel up to now. */
  text(channel: number): string;
  /** Resolves once a channel has said so. */
  until(channel: number, pattern: RegExp): Promise<void>;
  /** Resolves with the Status, or whatever the channel of errors held, once the server has closed. */
  end(): Promise<{ readonly status?: string; readonly message?: string; readonly details?: object }>;
}

describe("what kubectl does to a running pod", { timeout: 60_000 }, () => {
  let node: TestNode;
  before(async () => {
    node = await startTestNode("127.4.40.1", "127.4.41.0/26");
    const command = ["sh", "-c", "n=0; while :; do n=$((n+1)); echo line $n; sleep 0.05; done"];
    await node.createPod("web", {
      command,
      env: [{ name: "COLOR", value: "blue" }],
      workingDir: "/usr",
    });
    await node.createPod("echo", { image: "porthole/echo", ports: [{ containerPort: 8080 }] });
    await node.podWhen("web", isReady);
    await node.podWhen("echo", isReady);
  });
  after(() => node.close());

  async function open(path: string, protocol = "v5.channel.k8s.io"): Promise<Session> {
    const { server, tls, credentials } = node.config;
    const url = `${server.replace("https", "wss")}/api/v1/namespaces/default/pods/${path}`;
    const { ca = "", cert, key } = tls;
    const ws = new WebSocket(url, protocol, {
      ca,
      ...(cert && key ? { cert, key } : {}),
      headers: (await credentials?.())?.headers as Record<string, string>,
    });
    const heard = new Map<number, string>();
    let wake = () => {};
    ws.on("message", (data: Buffer) => {
      const channel = data[0] ?? -1;
      heard.set(channel, (heard.get(channel) ?? "") + data.subarray(1).toString("latin1"));
      wake();
    });
    const closed = once(ws, "close");
    closed.catch(() => {});
    await once(ws, "open");
    assert.equal(ws.protocol, protocol);
    const text = (channel: number) => heard.get(channel) ?? "";
    return {
      ws,
      text,
      send: (channel, words) => ws.send(Buffer.concat([Buffer.of(channel), Buffer.from(words)])),
      async until(channel, pattern) {
        while (!pattern.test(text(channel)))
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      },
      async end() {
        await closed;
        return JSON.parse(text(status) || "{}") as object;
      },
    };
  }

  function exec(command: readonly string[], wishes = "stdout=true&stderr=true", protocol?: string) {
    const words = command.map((word) => `command=${encodeURIComponent(word)}`).join("&");
    return open(`web/exec?${words}&${wishes}`, protocol);
  }

  test("exec runs a command in the container's environment and directory, and tells its exit code", async () => {
    const session = await exec(["sh", "-c", "pwd; echo $COLOR; echo oh >&2; exit 7"]);
    const { status: outcome, details } = await session.end();
    assert.equal(outcome, "Failure");
    assert.deepEqual(details, { causes: [{ reason: "ExitCode", message: "7" }] });
    assert.equal(session.text(stdout), "/usr\nblue\n");
    assert.equal(session.text(stderr), "oh\n");
  });

  test("exec reads what the client types, up to the end of it", async () => {
    const session = await exec(["cat"], "stdin=true&stdout=true");
    session.send(stdin, "hello, ");
    await session.until(stdout, /hello, /);
    session.send(stdin, "world");
    session.ws.send(Buffer.of(255, stdin));
    assert.equal((await session.end()).status, "Success");
    assert.equal(session.text(stdout), "hello, world");
  });

  test("exec moves more than fits into any buffer, both ways", async () => {
    const session = await exec(["sh", "-c", "head -c 8000000 | tr a b"], "stdin=true&stdout=true");
    const piece = "a".repeat(100_000);
    for (let sent = 0; sent < 80; sent++) session.send(stdin, piece);
    session.ws.send(Buffer.of(255, stdin));
    assert.equal((await session.end()).status, "Success");
    assert.equal(session.text(stdout).length, 8_000_000);
    assert.ok(!session.text(stdout).includes("a"));
  });

  test("exec of a program that does not read what is typed still ends", async () => {
    const session = await exec(["sh", "-c", "exec <&-; sleep 0.1; echo done"], "stdin=true&stdout=true");
    const piece = "a".repeat(100_000);
    for (let sent = 0; sent < 30; sent++) session.send(stdin, piece);
    assert.equal((await session.end()).status, "Success");
    assert.equal(session.text(stdout), "done\n");
  });

  test("exec of a program that is not there says so", async () => {
    const { message } = await (await exec(["no-such-program"])).end();
    assert.match(message ?? "", /exec: "no-such-program": executable file not found in \$PATH/);
  });

  test("exec -t is on a terminal that has the client's size and knows Ctrl-C", async () => {
    const session = await exec(["sh"], "stdin=true&stdout=true&stderr=true&tty=true", "v4.channel.k8s.io");
    session.send(resize, '{"Width":101,"Height":41}');
    // The terminal echoes what is typed, so the word stands in it in another form; and a signal may come while no program runs.
    const script = `trap 'echo cau""ght; over=1' INT; echo ready; until [ "$over" ]; do sleep 0.1; done`;
    session.send(stdin, `sleep 0.1; stty size; ${script}\n`);
    await session.until(stdout, /41 101\r\nready/);
    session.send(stdin, "\x03");
    await session.until(stdout, /caught/);
    session.send(stdin, "exit 4\n");
    assert.deepEqual((await session.end()).details, { causes: [{ reason: "ExitCode", message: "4" }] });
  });

  test("exec ends with its client", async () => {
    const before_ = await listMarkedProcesses(podVariable);
    const session = await exec(["sh", "-c", "echo $$; exec sleep 60"]);
    await session.until(stdout, /\d+\n/);
    session.ws.terminate();
    const pid = Number(session.text(stdout));
    assert.ok(!before_.some((process_) => process_.pid === pid));
    while ((await listMarkedProcesses(podVariable)).some((process_) => process_.pid === pid));
  });

  test("attach shows what the container prints from now on", async () => {
    const session = await open("web/attach?stdout=true&stderr=true");
    await session.until(stdout, /line \d+\nline \d+\n/);
    session.ws.close();
    await session.end();
  });

  test("logs come with their tail, their times, and as they are written", async () => {
    const logs = (query: string) =>
      node.client.raw("GET", `/api/v1/namespaces/default/pods/web/log?${query}`);
    assert.match((await logs("")).body, /^line 1\nline 2\n/);
    assert.match((await logs("tailLines=2")).body, /^line \d+\nline \d+\n$/);
    assert.match((await logs("tailLines=1&timestamps=true")).body, /^\d{4}-\d\d-\d\dT[\d:.]+Z line \d+\n$/);
    assert.equal((await logs("limitBytes=4")).body, "line");
    const previous = await logs("previous=true");
    assert.equal(previous.status, 400);
    assert.match(previous.body, /previous terminated container \\"main\\" in pod \\"web\\" not found/);
  });

  test("port-forward leads to the pod's port", async () => {
    const session = await open("echo/portforward?ports=8080", "v4.channel.k8s.io");
    session.send(0, "hello, echo\n");
    await session.until(0, /"line":"hello, echo"/);
    assert.equal(session.text(0).slice(0, 2), "\x90\x1f");
    assert.equal(session.text(1), "\x90\x1f");
    session.ws.close();
    await session.end();
  });

  test("port-forward to a port that nobody listens on says so", async () => {
    const session = await open("echo/portforward?ports=1");
    await session.until(1, /an error occurred forwarding 1 -> 1: connect ECONNREFUSED/);
    session.ws.close();
  });

  test("port-forward without a port is refused", async () => {
    await assert.rejects(open("echo/portforward"), /400/);
  });

  test("nobody else than the API server is let in at the agent's port", async () => {
    const { status: told } = (await node.client.get(nodes, { name: "test-node" })) ?? {};
    const port = told?.daemonEndpoints?.kubeletEndpoint?.Port;
    const ws = new WebSocket(`wss://127.4.40.1:${port}/exec/default/web/main?command=id&output=1`, {
      rejectUnauthorized: false,
    });
    await once(ws, "error");
  });
});
