/**
 * The initial RAM file system of a virtual machine: programs of this machine with their libraries, the kernel's modules, and the checkout
 * at the path that it has here. Archives are put one behind the other, which the kernel unpacks in turn, so nothing is copied first.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  createWriteStream,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { initScript } from "./init-script.ts";
import type { Kernel } from "./packages.ts";

const programs = [
  "nft",
  "iptables",
  "ip6tables",
  "iptables-save",
  "ip6tables-save",
  "iptables-restore",
  "ip6tables-restore",
  "iptables-legacy",
  "ip6tables-legacy",
  "iptables-legacy-save",
  "ip6tables-legacy-save",
  "iptables-legacy-restore",
  "ip6tables-legacy-restore",
  "iptables-nft-save",
  "ip",
  "sysctl",
  "conntrack",
  "ipvsadm",
  "bash",
  "busybox",
  "strace",
];

/** Parts of the kernel package that network tests need. */
const moduleFolders = [
  "kernel/net",
  "kernel/lib",
  "kernel/crypto",
  "kernel/arch",
  "kernel/drivers/net",
  "modules.*",
];

/** Of the checkout: what runs. */
const checkoutParts = ["package.json", ".ci", "bin", "src", "test", "bench", "tools", "examples", "dist"];
/** Of its packages those that programs and kernel tests load; `@koromix` holds koffi's binaries. */
const packages = /^(koffi|@koromix|ws|yaml|ipaddr\.js|commander|fast-json-patch|fast-check|pure-rand)$/;

export interface ImageOptions {
  readonly checkout: string;
  readonly kernel: Kernel;
  /** What runs in the machine. */
  readonly command: readonly string[];
  /** An empty directory for what is made for this image. */
  readonly scratch: string;
}

/** Writes the image and resolves with its path. */
export async function writeImage({ checkout, kernel, command, scratch }: ImageOptions): Promise<string> {
  const base = join(scratch, "base");
  layOut(base, checkout, command);
  const image = join(scratch, "image.cpio");
  const archives = [
    archive(base, execFileSync("find", ["."], { cwd: base, encoding: "utf8" }).split("\n")),
    archive("/", withParents(programFiles()), true),
    archive(kernel.root, moduleFiles(kernel)),
    archive("/", withParents(checkoutFiles(checkout).filter((file) => !isSource(file)))),
    archive(join(scratch, "stripped"), stripSources(checkoutFiles(checkout), join(scratch, "stripped"))),
  ];
  await pipeline(Readable.from(archives), createWriteStream(image));
  return image;
}

function layOut(base: string, checkout: string, command: readonly string[]): void {
  for (const name of [
    "proc",
    "sys",
    "dev",
    "run",
    "tmp",
    "root",
    "etc",
    "var/tmp",
    "usr/bin",
    "usr/sbin",
    "usr/lib",
    "usr/lib64",
  ]) {
    mkdirSync(join(base, name), { recursive: true });
  }
  for (const name of ["bin", "sbin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(base, name));
  writeFileSync(join(base, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  writeFileSync(join(base, "etc/hosts"), "127.0.0.1 localhost\n::1 localhost\n");
  writeFileSync(join(base, "init"), initScript({ checkout, command }));
  chmodSync(join(base, "init"), 0o755);
}

/** Programs, what they are linked to, links on the way to them, and the plug-ins of iptables. */
function programFiles(): readonly string[] {
  const found = programs.flatMap((name) => {
    const path = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
    return path === "" ? [] : linksTo(path.replace(/^\/(bin|sbin)\//, "/usr/$1/"));
  });
  const plugins = globSync("/usr/lib/*/xtables/*.so");
  const libraries = [...new Set([...found, process.execPath, ...plugins])].flatMap(librariesOf);
  return [...found, ...plugins, ...libraries, process.execPath];
}

function linksTo(path: string): readonly string[] {
  try {
    return [
      path,
      ...linksTo(resolve(dirname(path), readlinkSync(path)).replace(/^\/(bin|sbin|lib)\//, "/usr/$1/")),
    ];
  } catch {
    return [path];
  }
}

function librariesOf(file: string): readonly string[] {
  const { stdout } = spawnSync("ldd", [file], { encoding: "utf8" });
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) =>
    path.replace(/^\/(lib64|lib)\//, "/usr/$1/"),
  );
}

function moduleFiles({ root, version }: Kernel): readonly string[] {
  const top = `lib/modules/${version}`;
  const files = moduleFolders.flatMap((pattern) =>
    globSync(pattern.includes("*") ? pattern : `${pattern}/**/*`, { cwd: join(root, top) }),
  );
  const inRoot = files.map((file) => join(top, file));
  // Through the link `lib` of the image.
  return withParents(inRoot.map((file) => `/${file}`)).filter((file) => file !== "lib");
}

function checkoutFiles(checkout: string): readonly string[] {
  const modules = globSync("node_modules/*", { cwd: checkout }).filter((path) =>
    packages.test(relative("node_modules", path)),
  );
  const parts = [...checkoutParts, ...modules].filter((part) => existsSync(join(checkout, part)));
  const found = execFileSync("find", [...parts], { cwd: checkout, encoding: "utf8", maxBuffer: 1 << 26 });
  return found
    .split("\n")
    .filter(Boolean)
    .map((file) => join(checkout, file));
}

/** Types are taken off here, once, and not by every process of a slow machine; see stripped-sources.js. Returns the paths in the image. */
function stripSources(files: readonly string[], directory: string): readonly string[] {
  const sources = files.filter(isSource);
  for (const source of sources) {
    const copy = join(directory, source);
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, stripTypeScriptTypes(readFileSync(source, "utf8")));
  }
  return sources.map((file) => file.replace(/^\//, ""));
}

function isSource(file: string): boolean {
  return file.endsWith(".ts") && !file.endsWith(".d.ts") && !file.includes("/node_modules/");
}

/** cpio makes no directories by itself. Paths come back relative to the root. */
function withParents(paths: readonly string[]): readonly string[] {
  const all = new Set<string>();
  const add = (path: string) => {
    if (path === "/" || path === "." || all.has(path)) return;
    add(dirname(path));
    all.add(path);
  };
  for (const path of paths) add(path);
  return [...all].map((path) => path.replace(/^\//, ""));
}

function archive(cwd: string, files: readonly string[], follow = false): Buffer {
  const args = ["--quiet", "-o", "-H", "newc", ...(follow ? ["-L"] : [])];
  const { status, stdout, stderr } = spawnSync("cpio", args, {
    cwd,
    input: files.filter(Boolean).join("\n"),
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`Cannot write the image: ${stderr.toString().trim()}`);
  return stdout;
}
