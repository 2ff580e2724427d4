import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const source = resolve(dirname(fileURLToPath(import.meta.url)), "../src");

/** The folders in the order that an object and then a packet pass them, what each may import, and why. */
const rooms: readonly {
  readonly folder: string;
  readonly mayImport: readonly string[];
  readonly why: string;
}[] = [
  { folder: "lib", mayImport: [], why: "helpers that know nothing of Porthole" },
  { folder: "api", mayImport: ["lib"], why: "Kubernetes objects are pure values" },
  {
    folder: "allocator",
    mayImport: ["lib"],
    why: "ports and addresses are numbers; who asks for them does not matter",
  },
  { folder: "store", mayImport: ["lib"], why: "a store keeps text under keys and knows no kinds" },
  {
    folder: "apiserver",
    mayImport: ["lib", "api", "allocator", "store"],
    why: "the API server joins kinds, allocation and store",
  },
  {
    folder: "client",
    mayImport: ["lib", "api"],
    why: "components reach the API over the wire, never by calling the server's code",
  },
  {
    folder: "controllers",
    mayImport: ["lib", "api", "client"],
    why: "controllers work against any Kubernetes API",
  },
  { folder: "forwarding", mayImport: ["lib", "api"], why: "objects become a ForwardingTable here, purely" },
  { folder: "netlink", mayImport: ["lib"], why: "the kernel's wire formats are pure values" },
  {
    folder: "dataplane",
    mayImport: ["lib", "forwarding", "netlink", "kernel"],
    why: "a dataplane sees the ForwardingTable and nothing of Kubernetes",
  },
  {
    folder: "kernel",
    mayImport: ["lib", "netlink"],
    why: "the operating system's network, for whoever needs it",
  },
  {
    folder: "proxy",
    mayImport: ["lib", "api", "client", "forwarding", "dataplane", "kernel"],
    why: "the per-node program joins client, forwarding and dataplane",
  },
  {
    folder: "inspect",
    mayImport: ["lib", "api", "client", "forwarding", "netlink", "kernel", "proxy"],
    why: "it explains what the API says by the rules that proxies follow, and asks the kernel whether it does so",
  },
  {
    folder: "loadbalancer",
    mayImport: ["lib", "api", "allocator", "client", "forwarding", "netlink", "dataplane", "kernel", "proxy"],
    why: "the program in front of the nodes hands the same ForwardingTable to the same dataplanes, and runs as the proxy does",
  },
  {
    folder: "cluster",
    mayImport: ["lib", "api", "client", "kernel"],
    why: "the node agent is a client of the API, like a kubelet",
  },
  {
    folder: "dashboard",
    mayImport: ["lib", "api", "client", "forwarding", "proxy", "inspect"],
    why: "the web page shows what the API says, and what inspect makes of it",
  },
  {
    folder: "cli",
    mayImport: [
      "lib",
      "api",
      "store",
      "apiserver",
      "client",
      "controllers",
      "forwarding",
      "dataplane",
      "kernel",
      "proxy",
      "loadbalancer",
      "inspect",
      "cluster",
      "dashboard",
    ],
    why: "the command starts everything",
  },
];

const importPattern =
  /(?:^|\n)\s*(?:import|export)\b[^;]*?\bfrom\s*"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s*"([^"]+)"/g;

test("every folder imports only what stands upstream of it", () => {
  const violations: string[] = [];
  for (const { file, target } of imports()) {
    const from = folderOf(file);
    const to = folderOf(target);
    const room = rooms.find(({ folder }) => folder === from);
    if (!room) violations.push(`${relative(source, file)}: folder "${from}" has no row in this test`);
    else if (to !== from && !room.mayImport.includes(to)) {
      violations.push(
        `${relative(source, file)} imports ${relative(source, target)}, but in "${from}" ${room.why}`,
      );
    }
  }
  assert.deepEqual(violations, []);
});

test("the FFI package is imported in src/kernel alone", () => {
  const users = sourceFiles().filter((file) => /["']koffi["']/.test(readFileSync(file, "utf8")));
  assert.deepEqual(
    users.filter((file) => folderOf(file) !== "kernel"),
    [],
  );
  assert.ok(users.length <= 1, `koffi is imported in ${users.length} files, one is enough`);
});

test("node:http is imported in lib/http.ts alone, since an ES import of it loads undici", () => {
  const users = sourceFiles().filter((file) =>
    /import (?!type )[^;]*? from "node:http"/.test(
      readFileSync(file, "utf8").replaceAll(/import type [^;]*;/g, ""),
    ),
  );
  assert.deepEqual(
    users.map((file) => relative(source, file)),
    [],
  );
});

test("no file outside tests, generated data and tables is longer than 400 lines", () => {
  const long = sourceFiles().filter(
    (file) => !file.includes("/generated/") && readFileSync(file, "utf8").split("\n").length > 400,
  );
  assert.deepEqual(
    long.map((file) => relative(source, file)),
    [],
  );
});

function imports(): { file: string; target: string }[] {
  return sourceFiles().flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(importPattern)]
      .map((match) => match[1] ?? match[2] ?? match[3] ?? "")
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => ({ file, target: resolve(dirname(file), specifier) })),
  );
}

/** Tests and what is made for them (`testing/`) are exempt: a test may set up its subject with whatever it likes. */
function sourceFiles(): string[] {
  return readdirSync(source, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".test.ts") && !name.includes("/testing/"))
    .map((name) => join(source, name));
}

function folderOf(file: string): string {
  return relative(source, file).split("/")[0] ?? "";
}
