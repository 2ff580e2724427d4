/** The Debian packages that a virtual machine is made of: installed where this is root, named where it is not. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** By the program that shows whether a package is there. */
const packageOf: Readonly<Record<string, string>> = {
  "qemu-system-x86_64": "qemu-system-x86",
  busybox: "busybox-static",
  cpio: "cpio",
  ipvsadm: "ipvsadm",
  nft: "nftables",
  iptables: "iptables",
  conntrack: "conntrack",
  ip: "iproute2",
};

const kernelPackage = "linux-image-cloud-amd64";

/** Throws an error that names the packages if they are missing and cannot be installed. */
export function installPrograms(): void {
  const missing = Object.entries(packageOf).flatMap(([program, name]) =>
    spawnSync("sh", ["-c", `command -v ${program}`]).status === 0 ? [] : [name],
  );
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new Error(`The virtual machine needs ${missing.join(", ")}: apt-get install ${missing.join(" ")}`);
  }
  apt("update", "-qq");
  apt("install", "-y", "-qq", "--no-install-recommends", ...missing);
}

export interface Kernel {
  /** The kernel itself. */
  readonly image: string;
  /** What is to be the root of its modules: `lib/modules/VERSION` lies in it, with modules.dep. */
  readonly root: string;
  readonly version: string;
}

/** Unpacks Debian's kernel for virtual machines into the directory, where it stays; nothing of it is installed. */
export function unpackKernel(directory: string): Kernel {
  const root = join(directory, "kernel");
  if (!existsSync(root)) fetchKernel(directory, root);
  const [version] = readdirSync(join(root, "lib/modules"));
  if (version === undefined) throw new Error(`${root} holds no kernel: remove it and try again`);
  return { image: join(root, "boot", `vmlinuz-${version}`), root, version };
}

/** Renamed at the end: what is there is whole. */
function fetchKernel(directory: string, root: string): void {
  const unfinished = `${root}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const depends = execFileSync("apt-cache", ["depends", kernelPackage], { encoding: "utf8" });
    const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
    if (name === undefined) throw new Error(`apt knows no ${kernelPackage}: run apt-get update`);
    execFileSync("apt-get", ["download", "-qq", name], {
      cwd: directory,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [file = ""] = globSync(`${name}_*.deb`, { cwd: directory });
    execFileSync("dpkg-deb", ["-x", join(directory, file), unfinished]);
    rmSync(join(directory, file));
    const [version = ""] = readdirSync(join(unfinished, "lib/modules"));
    execFileSync("busybox", ["depmod", "-b", unfinished, version]);
    renameSync(unfinished, root);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function apt(...args: readonly string[]): void {
  execFileSync("apt-get", args, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
}
