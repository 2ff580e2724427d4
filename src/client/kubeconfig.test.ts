import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { KubeconfigError, loadKubeconfig } from "./index.ts";

const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const pemData = Buffer.from(pem).toString("base64");

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly current?: string;
}

function kubeconfig({ cluster = {}, user = {}, context = {}, current = "dev" }: Parts): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": current,
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:6443/", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "dev", context: { cluster: "c", user: "u", ...context } }],
  };
}

describe("loadKubeconfig", () => {
  let dir = "";
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "porthole-kubeconfig-"));
    await writeFile(join(dir, "ca.pem"), pem);
    await writeFile(join(dir, "token"), "from-file\n");
  });
  after(() => rm(dir, { recursive: true }));

  async function load(content: object | string, options: { context?: string } = {}) {
    const path = join(dir, "config");
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return await loadKubeconfig({ path, ...options });
  }

  const headers: [name: string, user: object, expected: object][] = [
    ["a token", { token: "secret" }, { authorization: "Bearer secret" }],
    [
      "a token file, relative to the kubeconfig, before a token",
      { token: "old", tokenFile: "token" },
      { authorization: "Bearer from-file" },
    ],
    ["a name and a password", { username: "me", password: "x" }, { authorization: `Basic ${btoa("me:x")}` }],
    [
      "impersonation",
      { token: "t", as: "jane", "as-groups": ["dev"] },
      { authorization: "Bearer t", "impersonate-user": "jane", "impersonate-group": ["dev"] },
    ],
    ["nothing", {}, {}],
  ];
  for (const [name, user, expected] of headers) {
    test(`a user with ${name} sends the headers for it`, async () => {
      const config = await load(kubeconfig({ user }));
      assert.deepEqual((await config.credentials?.())?.headers, expected);
    });
  }

  test("certificates come from data, and from files relative to the kubeconfig", async () => {
    const { tls, server } = await load(
      kubeconfig({
        cluster: { "certificate-authority": "ca.pem", "tls-server-name": "kubernetes" },
        user: { "client-certificate-data": pemData, "client-key-data": pemData },
      }),
    );
    assert.equal(server, "https://127.0.0.1:6443");
    assert.equal(tls.serverName, "kubernetes");
    assert.deepEqual([tls.ca, tls.cert, tls.key].map(String), [pem, pem, pem]);
  });

  test("a kubeconfig may be YAML", async () => {
    const text =
      "current-context: dev\nclusters: [{name: c, cluster: {server: 'http://h'}}]\ncontexts:\n- name: dev\n  context: {cluster: c, namespace: web}\n";
    const { server, namespace } = await load(text);
    assert.deepEqual({ server, namespace }, { server: "http://h", namespace: "web" });
  });

  test("of several files in $KUBECONFIG the first one to say something wins, and a missing one does not matter", async () => {
    const [first, second] = [join(dir, "one"), join(dir, "two")];
    await writeFile(
      first,
      JSON.stringify({ contexts: [{ name: "x", context: { cluster: "c" } }], "current-context": "x" }),
    );
    await writeFile(second, JSON.stringify(kubeconfig({ cluster: { server: "http://second" } })));
    const config = await loadKubeconfig({ env: { KUBECONFIG: `${join(dir, "none")}:${first}:${second}` } });
    assert.equal(config.server, "http://second");
    assert.match(config.source, /context "x"/);
  });

  test("without a kubeconfig and outside a pod, the message says what was tried", async () => {
    await assert.rejects(loadKubeconfig({ env: { HOME: dir } }), (error: Error) => {
      assert.ok(error instanceof KubeconfigError);
      assert.match(
        error.message,
        /\$KUBECONFIG is not set, ".*\.kube\/config" does not exist, and this is not a pod; pass --kubeconfig/,
      );
      return true;
    });
  });

  const wrong: [name: string, content: object | string, message: RegExp, context?: string][] = [
    [
      "a context that is not there",
      kubeconfig({}),
      /Kubeconfig ".*config" has no context "prod": there are dev/,
      "prod",
    ],
    ["no current-context", kubeconfig({ current: "" }), /sets no current-context: there are dev/],
    [
      "a cluster that is not there",
      kubeconfig({ context: { cluster: "x" } }),
      /contexts\["dev"\]\.context\.cluster names "x", which is not there: there are c/,
    ],
    [
      "a server that is no URL",
      kubeconfig({ cluster: { server: "localhost" } }),
      /clusters\["c"\]\.cluster\.server "localhost" is not an http/,
    ],
    ["a proxy", kubeconfig({ cluster: { "proxy-url": "http://p" } }), /cluster\.proxy-url is not supported/],
    [
      "a certificate that is no PEM",
      kubeconfig({ cluster: { "certificate-authority-data": "xx" } }),
      /certificate-authority-data is not base64 of PEM/,
    ],
    [
      "a certificate file that is missing",
      kubeconfig({ cluster: { "certificate-authority": "gone.pem" } }),
      /certificate-authority names ".*gone\.pem", which cannot be read/,
    ],
    [
      "a certificate without its key",
      kubeconfig({ user: { "client-certificate-data": pemData } }),
      /users\["u"\]\.user\.client-key is missing/,
    ],
    [
      "a token that is no string",
      kubeconfig({ user: { token: 5 } }),
      /users\["u"\]\.user\.token must be a string/,
    ],
    ["another kind", { kind: "Pod" }, /has kind "Pod"/],
    ["no YAML", "a: [", /is not valid YAML/],
    ["a list", "- a", /must be a mapping/],
  ];
  for (const [name, content, message, context] of wrong) {
    test(`${name} is refused with the file and the field`, async () => {
      await assert.rejects(
        async () => {
          const config = await load(content, context ? { context } : {});
          await config.credentials?.();
        },
        { name: "KubeconfigError", message },
      );
    });
  }

  test("a user that logs in through a program gets the token that it prints", async () => {
    const credential = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: "minted" },
    };
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", `console.log(${JSON.stringify(JSON.stringify(credential))})`],
    };
    const config = await load(kubeconfig({ user: { exec } }));
    assert.deepEqual(Object.values((await config.credentials?.())?.headers ?? {}), ["Bearer minted"]);
  });

  test("a login program that fails is named", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/nonexistent/login" };
    const config = await load(kubeconfig({ user: { exec } }));
    await assert.rejects(async () => config.credentials?.(), /login of users\["u"\]\.user\.exec failed/);
  });
});
