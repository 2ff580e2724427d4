import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { ForwardingStatus } from "../src/inspect/index.ts";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { type LocalCluster, porthole, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

const run = promisify(execFile);
const mostLooks = 30;

describe("porthole status", { timeout: 120_000, ...needsRoot }, () => {
  let host: HostNamespace;
  let cluster: LocalCluster;
  before(async () => {
    host = await makeHostNamespace();
    cluster = await startLocalCluster([], (start) => host.enter(start));
  });
  after(async () => {
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
  });

  const kubectl = (...args: string[]) => host.run("kubectl", "--kubeconfig", cluster.kubeconfig, ...args);
  const status = async (...args: string[]) => {
    try {
      const all = ["status", "--kubeconfig", cluster.kubeconfig, ...args];
      const { stdout } = await host.enter(() => run(porthole, all));
      return { code: 0, stdout, stderr: "" };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };

  test("waits until a Service is live on every node and has an endpoint, and shows the nodes", async () => {
    await kubectl("rollout", "status", "deployment/demo", "--timeout=60s");
    await kubectl("expose", "deployment", "demo", "--type=NodePort", "--name=second", "--port=8081");
    const waited = await status("default/second", "--wait", "--timeout", "60");
    assert.equal(waited.code, 0, waited.stderr);
    assert.match(waited.stdout, /^default\/second: live on 3 of 3 nodes, 3 ready endpoints\n$/);
    const { stdout } = await status();
    for (const node of ["node-1", "node-2", "node-3"]) {
      assert.match(stdout, new RegExp(`^${node} +userspace +\\d+ +0 +\\d+ s ago +forwards$`, "m"));
    }
  });

  test("porthole top tells how many connections come in by which NodePort", async () => {
    const [url = ""] = cluster.urls;
    const asking = new AbortController();
    const load = (async () => {
      while (!asking.signal.aborted) await host.ask(url);
    })();
    const args = ["top", "--once", "--kubeconfig", cluster.kubeconfig];
    const { stdout } = await host.enter(() => run(porthole, args)).finally(() => asking.abort());
    await load;
    assert.match(stdout, /^3 of 3 nodes tell what goes through\n/);
    const perSecond = Number(/^default\/demo-service +30080\/TCP +([\d.]+) /m.exec(stdout)?.[1]);
    assert.ok(perSecond > 0, stdout);
  });

  test("the Service's condition says so, too, for kubectl wait", async () => {
    const condition = "--for=condition=porthole.dev/Programmed";
    await kubectl("wait", "service/second", condition, "--timeout=60s");
  });

  test("names the node whose proxy stands still, and is content when it goes on", async () => {
    const proxy = cluster.components().get("node-2");
    assert.ok(proxy);
    process.kill(proxy, "SIGSTOP");
    try {
      await kubectl("expose", "deployment", "demo", "--type=NodePort", "--name=third", "--port=8082");
      // The other two hear of it, sooner or later.
      let behind: readonly (readonly [string, string])[] = [];
      for (let look = 0; look < mostLooks && behind.length !== 1; look++) {
        const { stdout, code } = await status("default/third", "--output", "json");
        const [third] = (JSON.parse(stdout) as ForwardingStatus).services;
        behind = (third?.notLive ?? []).map(({ node, state }) => [node, state]);
        assert.equal(code, 1);
      }
      assert.deepEqual(behind, [["node-2", "behind"]]);
      const late = await status("default/third", "--wait", "--timeout", "1");
      assert.equal(late.code, 1);
      assert.match(late.stderr, /default\/third is not live everywhere after 1 s/);
    } finally {
      process.kill(proxy, "SIGCONT");
    }
    const { code, stderr } = await status("default/third", "--wait", "--timeout", "60");
    assert.equal(code, 0, stderr);
  });

  test("a Service without a ready endpoint is not worth waiting for longer than was asked", async () => {
    await kubectl("create", "service", "nodeport", "nobody", "--tcp=8083");
    const { code, stdout } = await status("default/nobody", "--wait", "--timeout", "2");
    assert.equal(code, 1);
    assert.match(stdout, /no endpoint is ready, so clients are refused/);
  });

  for (const [args, message] of [
    [["web"], /"web" names no Service: write NAMESPACE\/NAME/],
    [["--wait"], /--wait needs a Service to wait for/],
    [["default/absent"], /There is no Service "default\/absent"/],
  ] as const) {
    test(`says what is wrong with "porthole status ${args.join(" ")}"`, async () => {
      assert.match((await status(...args)).stderr, message);
    });
  }
});
