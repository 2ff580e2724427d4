/** Keeps a configuration file as the cluster is, and has the program that reads it told. */
import { spawn } from "node:child_process";
import { readFile, rename, writeFile } from "node:fs/promises";
import { type ApiClient, nodes, openListWatchCache, services } from "../../client/index.ts";
import { aborted } from "../../lib/aborted.ts";
import type { Logger } from "../../lib/log.ts";
import { type ExportFormat, exportConfiguration } from "./export-configuration.ts";
import { type ExportSettings, frontendsOf } from "./frontends-of.ts";

export interface ExportSource {
  readonly client: ApiClient;
  readonly format: ExportFormat;
  readonly settings: ExportSettings;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Changes that come together are one file, and one reload. */
const gatherMs = 200;

/** Resolves with the configuration as the cluster is now. */
export async function exportOnce(source: ExportSource): Promise<string> {
  const { render, synced } = open(source);
  await synced;
  return render();
}

/** Until the signal fires. A file that is right already is not written; `reload` is a command for the shell, run after each change. */
export async function keepFileCurrent(source: ExportSource, file: string, reload?: string): Promise<void> {
  const { render, synced, subscribe } = open(source);
  const { log, signal } = source;
  await synced.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (signal.aborted) return;
  let last: Promise<void> = update();
  let timer: NodeJS.Timeout | undefined;
  subscribe(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      last = last.then(update);
    }, gatherMs);
  });
  await aborted(signal);
  clearTimeout(timer);
  await last;

  async function update(): Promise<void> {
    try {
      const text = render();
      if ((await readFile(file, "utf8").catch(() => undefined)) === text) return;
      await writeWhole(file, text);
      log.info("Wrote the load balancer's configuration", { file });
      if (reload !== undefined) await run(reload);
    } catch (error) {
      log.error("Cannot keep the load balancer's configuration current", {
        file,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

function open({ client, format, settings, log, signal }: ExportSource) {
  const common = { client, log, signal };
  const allServices = openListWatchCache({ ...common, resource: services });
  const allNodes = openListWatchCache({ ...common, resource: nodes });
  return {
    synced: Promise.all([allServices.whenSynced(), allNodes.whenSynced()]),
    render: () =>
      exportConfiguration(
        format,
        frontendsOf([...allServices.items().values()], [...allNodes.items().values()], settings),
      ),
    subscribe(changed: () => void) {
      allServices.subscribe(changed);
      allNodes.subscribe(changed);
    },
  };
}

/** Readers see the old file or the new one, never a part. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.new`;
  await writeFile(draft, text, { flush: true });
  await rename(draft, file);
}

function run(command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", command], { stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", reject);
    child.on("exit", (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`"${command}" ended with ${signal ?? `status ${code}`}`)),
    );
  });
}
