/** A real `porthole dashboard` before a real `porthole apiserver`, a real Chromium before both, and objects to look at. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { createApiClient, loadKubeconfig } from "../../src/client/index.ts";
import { makeToken } from "../../src/dashboard/server/access.ts";
import { createDashboardServer } from "../../src/dashboard/server/page-server.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { buildPage } from "../../tools/build-page.ts";
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

export interface OwnDashboard extends DashboardWorld {
  /** Ends all connections; it takes new ones. */
  drop(): void;
}

/** A dashboard in this process, whose page is built from the source as it is. */
export async function serveDashboardOfSource(): Promise<OwnDashboard> {
  const directory = await createApiDirectory();
  const kubeconfig = join(directory.path, "kubeconfig");
  const pageDirectory = join(directory.path, "page");
  const [api] = await Promise.all([
    startApiProcess([...directory.args(), "--kubeconfig-out", kubeconfig]),
    buildPage(pageDirectory),
  ]);
  const config = await loadKubeconfig({ path: kubeconfig });
  const client = createApiClient(config, { userAgent: "test", log: silentLogger });
  const stop = new AbortController();
  const token = makeToken();
  const server = createDashboardServer({
    client,
    server: config.server,
    token,
    rates: { urls: [] },
    clock: systemClock,
    log: silentLogger,
    signal: stop.signal,
    pageDirectory,
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    api,
    url: `http://127.0.0.1:${port}/#token=${token}`,
    pid: process.pid,
    drop: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await client.close();
      await api.kill();
      await directory[Symbol.asyncDispose]();
    },
  };
}
