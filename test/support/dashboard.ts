/** A real `porthole dashboard` before a real `porthole apiserver`, a real Chromium before both, and objects to look at. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { type ApiProcess, createApiDirectory, startApiProcess } from "./api-process.ts";
import { porthole } from "./local-cluster.ts";

const chromiumPath = "/usr/bin/chromium";

/** Why there is no browser to test with; undefined if there is one. */
export function missingChromium(): string | undefined {
  if (existsSync(chromiumPath)) return undefined;
  if (process.env.CI === "true") throw new Error("CI needs Chromium: apt-get install chromium");
  return "needs Chromium: apt-get install --no-install-recommends chromium";
}

export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
}

export interface DashboardWorld extends AsyncDisposable {
  readonly api: ApiProcess;
  /** With the token. */
  readonly url: string;
  readonly pid: number;
}

/** `args` are the dashboard's. */
export async function startDashboard(args: readonly string[] = []): Promise<DashboardWorld> {
  const directory = await createApiDirectory();
  const kubeconfig = join(directory.path, "kubeconfig");
  const api = await startApiProcess([...directory.args(), "--kubeconfig-out", kubeconfig]);
  const child = spawn(porthole, ["dashboard", "--kubeconfig", kubeconfig, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return {
    api,
    url: line.toString().trim(),
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      await api.kill();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** Ends with the test. */
export async function dashboardFor(t: TestContext, args: readonly string[] = []): Promise<DashboardWorld> {
  const world = await startDashboard(args);
  t.after(() => world[Symbol.asyncDispose]());
  return world;
}
