/** examples/ingress/ as its README says it is run: a real nginx behind NodePorts and the load balancer. In a network namespace, for ports 80 and 443. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { type LocalCluster, startLocalCluster } from "./support/local-cluster.ts";
import { missingPrograms } from "./support/missing-programs.ts";
import { isRunning } from "./support/processes.ts";

const example = fileURLToPath(new URL("../examples/ingress/", import.meta.url));
const askByName = fileURLToPath(new URL("./support/ask-by-name.ts", import.meta.url));
const balancer = "127.0.3.1";

/** The commands of the README that begin so. */
function commandsOf(word: string): readonly string[] {
  const lines = readFileSync(join(example, "README.md"), "utf8").replaceAll("\\\n", "").split("\n");
  return lines.filter((line) => line.startsWith(`    ${word} `)).map((line) => line.trim());
}

const skip = needsRoot.skip || missingPrograms("nginx", "openssl", "kubectl");

describe("the ingress example", { timeout: 110_000, skip }, () => {
  const dir = mkdtempSync(join(tmpdir(), "porthole-ingress-"));
  let host: HostNamespace;
  let cluster: LocalCluster;
  const kubectl = (...args: string[]) => host.run("kubectl", "--kubeconfig", cluster.kubeconfig, ...args);

  before(async () => {
    host = await makeHostNamespace();
    for (const command of [...commandsOf("openssl"), ...commandsOf("kubectl create")])
      await host.run("sh", "-ec", `cd "$1"; ${command}`, "sh", dir);
    const args = ["-f", join(dir, "tls.yaml"), "-f", join(example, "ingress.yaml")];
    cluster = await startLocalCluster(args, (start) => host.enter(start));
    await kubectl("rollout", "status", "deployment", "--timeout=60s");
    await kubectl("wait", "service/ingress", "--for=condition=porthole.dev/Programmed", "--timeout=60s");
    const address = "{.status.loadBalancer.ingress[0].ip}";
    await kubectl("wait", "service/ingress", `--for=jsonpath=${address}=${balancer}`, "--timeout=60s");
  });
  after(async () => {
    if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    await host?.close();
    rmSync(dir, { recursive: true });
  });

  const ask = async (url: string, address: string) => {
    const args = ["--disable-warning=ExperimentalWarning", askByName, url, address, join(dir, "tls.crt")];
    return JSON.parse(await host.run(process.execPath, ...args)) as { status: number; body: string };
  };

  const places = [
    ...["127.0.1.1", "127.0.1.2", "127.0.1.3"].map(
      (node) => ["a NodePort", node, ":30080", ":30043"] as const,
    ),
    ["the balancer", balancer, "", ""] as const,
  ];
  for (const [what, address, httpPort, httpsPort] of places) {
    for (const name of ["shop", "blog"]) {
      for (const origin of [`http://${name}.example${httpPort}`, `https://${name}.example${httpsPort}`]) {
        test(`leads ${origin} to ${name}, asked through ${what} at ${address}`, async () => {
          const { status, body } = await ask(`${origin}/path`, address);
          assert.equal(status, 200);
          const answer = JSON.parse(body) as { pod: string; host: string; path: string };
          assert.match(answer.pod, new RegExp(`^${name}-`));
          assert.deepEqual([answer.host, answer.path], [`${name}.example`, "/path"]);
        });
      }
    }
  }

  test("knows no other names, and its certificate is good for none", async () => {
    assert.equal((await ask("http://other.example/", balancer)).status, 404);
    await assert.rejects(ask("https://other.example/", balancer), /does not match certificate's altnames/);
  });
});
