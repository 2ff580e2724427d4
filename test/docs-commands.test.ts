import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { pagePaths } from "../tools/docs/contents.ts";
import { repository } from "../tools/docs/site.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { type LocalCluster, porthole, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

const run = promisify(execFile);

interface Block {
  readonly page: string;
  /**
   * `background`: it runs until the page is done. `cluster`: there is one with the demo Service. Each line of a `server` is a program that
   * goes on until it is told to end; of a `member` likewise, on a machine of a cluster.
   */
  readonly mode: "" | "background" | "cluster" | "server" | "member";
  readonly script: string;
}

const blocks: readonly Block[] = pagePaths.flatMap((page) =>
  [...readFileSync(join(repository, page), "utf8").matchAll(/^```sh ?(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, mode = "", script = ""]) => ({ page, mode: mode as Block["mode"], script }),
  ),
);

/** What a machine of a cluster has, in a file system of its own. There is no systemd to ask for anything. */
const memberName = "node-1";
const machine = `
hostname ${memberName}
mount -t tmpfs tmpfs /mnt
mkdir /mnt/changed /mnt/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/changed,workdir=/mnt/work /etc
mount -t tmpfs tmpfs /var/lib
mkdir -p /etc/porthole /etc/haproxy /var/lib/kube-proxy
[ ! -e "$FOLDER/kubeconfig" ] || cp "$FOLDER/kubeconfig" /etc/porthole/kubeconfig
cat > /var/lib/kube-proxy/config.conf << 'END'
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clientConnection: {kubeconfig: /etc/porthole/kubeconfig}
END
`;

/** The balancer's file that the documentation shows. */
function balancerFile(): string {
  const text = readFileSync(join(repository, "docs/load-balancer.md"), "utf8");
  return /^```yaml\n(nodes: [\s\S]*?)^```$/m.exec(text)?.[1] ?? assert.fail("it shows none");
}

/** In a network namespace of its own, so that addresses and ports are free; in a directory of its own. */
describe("the commands of the documentation", { timeout: 110_000, ...needsRoot }, () => {
  let host: HostNamespace;
  const directory = mkdtempSync(join(tmpdir(), "porthole-docs-"));
  const background: ChildProcess[] = [];
  before(async () => {
    host = await makeHostNamespace();
    mkdirSync(join(directory, "bin"));
    symlinkSync(porthole, join(directory, "bin/porthole"));
  });
  const endBackground = async () => {
    for (const child of background.splice(0)) {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    }
  };
  after(async () => {
    await endBackground();
    await host?.close();
    rmSync(directory, { recursive: true });
  });

  const environment = (kubeconfig = "") => ({
    ...process.env,
    PATH: `${join(directory, "bin")}:${process.env.PATH}`,
    KUBECONFIG: kubeconfig,
  });
  const runScript = (script: string, kubeconfig?: string) =>
    host.enter(() =>
      run("bash", ["-euo", "pipefail", "-c", script], { cwd: directory, env: environment(kubeconfig) }),
    );

  for (const [page, own] of Map.groupBy(
    blocks.filter(({ mode }) => mode === "" || mode === "background"),
    ({ page }) => page,
  )) {
    test(`${page} from top to bottom`, async () => {
      for (const { script } of own.filter(({ mode }) => mode === "background")) {
        const child = host.enter(() =>
          spawn("bash", ["-c", `exec ${script}`], {
            cwd: directory,
            env: environment(),
            stdio: ["ignore", "pipe", "inherit"],
          }),
        );
        background.push(child);
        await printed(child, /Ctrl-C/);
      }
      const steps = own.filter(({ mode }) => mode === "").map(({ script }) => script);
      const { stdout } = await runScript(steps.join("\n"));
      assert.notEqual(stdout, "");
      await endBackground();
    });
  }

  /** Starts a program, waits until it serves, and ends it. */
  const serve = async (line: string, kubeconfig?: string) => {
    const child = host.enter(() =>
      spawn("unshare", ["--mount", "--uts", "bash", "-euc", `${machine}\nexec ${line}`], {
        cwd: directory,
        env: { ...environment(kubeconfig), FOLDER: directory, NODE_NAME: memberName },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    background.push(child);
    const exited = once(child, "exit");
    await printed(child, /Serving|Forwarding|Wrote|http:\/\/127/);
    child.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null], "it ends in good order");
  };
  const linesOf = (wanted: Block["mode"]) =>
    blocks
      .filter(({ mode }) => mode === wanted)
      .flatMap(({ page, script }) =>
        script
          .trimEnd()
          .split("\n")
          .map((line) => ({ page, line })),
      );

  for (const { page, line } of linesOf("server"))
    test(`${page}: ${line} serves, and ends when it is told to`, () => serve(line));

  describe("in a cluster", () => {
    let cluster: LocalCluster;
    before(async () => {
      cluster = await startLocalCluster([], (start) => host.enter(start));
      await host.run("kubectl", "--kubeconfig", cluster.kubeconfig, "rollout", "status", "deployment/demo");
      // Proxies report a moment after they have started.
      await runScript("porthole status --wait default/demo-service", cluster.kubeconfig);
      await host.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "cable");
      for (const address of ["192.0.2.1/24", "203.0.113.1/32"])
        await host.run("ip", "address", "add", address, "dev", "eth0");
      for (const link of ["eth0", "cable"]) await host.run("ip", "link", "set", link, "up");
      for (const name of ["kubeconfig", "admin.kubeconfig"])
        copyFileSync(cluster.kubeconfig, join(directory, name));
      writeFileSync(join(directory, "lb.yaml"), balancerFile());
      writeFileSync(join(directory, "bin/systemctl"), "#!/bin/sh\n", { mode: 0o755 });
    });
    after(async () => {
      if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    });
    for (const { page, line } of linesOf("member"))
      test(`${page}: ${line} serves, and ends when it is told to`, () => serve(line, cluster.kubeconfig));

    for (const { page, script } of blocks.filter(({ mode }) => mode === "cluster")) {
      test(`${page}: ${script.split("\n")[0]}`, async () => {
        assert.notEqual((await runScript(script, cluster.kubeconfig)).stdout, "");
      });
    }
  });
});

/** Resolves once it has printed it; rejects if it ends before. What it prints afterwards is thrown away. */
async function printed(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      if (text.length < 100_000) text += String(chunk);
      if (pattern.test(text)) resolve();
    });
  child.once("exit", () => reject(new Error(`It ended before it printed ${pattern}:\n${text}`)));
  await promise;
}
