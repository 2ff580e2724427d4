import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { porthole } from "./support/local-cluster.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `porthole` to its end; without a kubeconfig of the user's. */
function runPorthole(...args: string[]): Promise<Outcome> {
  const env = { ...process.env, KUBECONFIG: "", HOME: "/nonexistent" };
  return new Promise((resolve) => {
    execFile(porthole, args, { env, timeout: 20_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

function makeDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "porthole-command-line-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test("porthole version prints the package's version, as JSON too", async () => {
  const { version } = JSON.parse(
    readFileSync(fileURLToPath(new URL("../package.json", import.meta.url)), "utf8"),
  ) as { version: string };
  assert.ok((await runPorthole("version")).stdout.startsWith(`porthole ${version}, Kubernetes API v1.`));
  const { porthole: told } = JSON.parse((await runPorthole("version", "-o", "json")).stdout) as {
    porthole: string;
  };
  assert.equal(told, version);
});

test("porthole --help names every command, and each command's help has its options", async () => {
  const { code, stdout } = await runPorthole("--help");
  assert.equal(code, 0);
  for (const command of ["up", "apiserver", "controllers", "node", "proxy", "version"]) {
    assert.match(stdout, new RegExp(`^  ${command}\\b`, "m"));
    assert.match((await runPorthole(command, "--help")).stdout, new RegExp(`Usage: porthole ${command}`));
  }
});

const refusals: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}[] = [
  { name: "an unknown command", args: ["pu"], code: 2, says: /unknown command 'pu'/ },
  {
    name: "an unknown option",
    args: ["up", "--node", "3"],
    code: 2,
    says: /unknown option '--node'\n.*Did you mean --nodes\?/,
  },
  {
    name: "a number of nodes that is none",
    args: ["up", "--nodes", "many"],
    code: 2,
    says: /--nodes.*an integer from 1 to 200/,
  },
  { name: "a missing option", args: ["apiserver"], code: 2, says: /--data-dir/ },
  {
    name: "a manifest that is not there",
    args: ["up", "-f", "/no/such.yaml"],
    code: 1,
    says: /Cannot read \/no\/such\.yaml: there is no such file/,
  },
  {
    name: "a kubeconfig that is not there",
    args: ["proxy", "--kubeconfig", "/no/config"],
    code: 1,
    says: /\/no\/config/,
  },
  {
    name: "half of a node's serving certificate",
    args: [
      "node",
      "--name",
      "n",
      "--address",
      "127.0.0.1",
      "--pod-cidr",
      "127.0.9.0/26",
      "--data-dir",
      "/tmp",
      "--tls-cert-file",
      "x",
    ],
    code: 2,
    says: /belong together: give all three, or none/,
  },
];
for (const { name, args, code, says } of refusals) {
  test(`porthole says what is wrong with ${name}`, async () => {
    const outcome = await runPorthole(...args);
    assert.match(outcome.stderr, says);
    assert.doesNotMatch(outcome.stderr, /^\s+at /m, "a stack trace tells a user nothing");
    assert.equal(outcome.code, code);
  });
}

test("porthole apiserver names the line of a token file that it cannot read", async (t) => {
  const directory = makeDirectory(t);
  const tokens = join(directory, "tokens.csv");
  writeFileSync(tokens, "secret-token,admin,1\nlonely\n");
  const outcome = await runPorthole(
    "apiserver",
    "--data-dir",
    directory,
    "--listen",
    "127.0.0.1:0",
    "--token-file",
    tokens,
  );
  assert.equal(outcome.code, 1);
  assert.match(outcome.stderr, /tokens\.csv.*line 2|line 2.*tokens\.csv/);
  assert.doesNotMatch(outcome.stderr, /secret-token/);
});

test("whoever reads the output may stop reading", async () => {
  const read = `set -o pipefail; "${porthole}" proxy --help | true`;
  assert.deepEqual(await promisify(execFile)("bash", ["-c", read]), { stdout: "", stderr: "" });
});
