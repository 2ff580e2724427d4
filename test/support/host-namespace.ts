/** A network namespace that plays the host: what a cluster changes in its host's network, it changes there. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  createNetworkNamespace,
  deleteNetworkNamespace,
  listNetworkNamespaces,
  openRouteControl,
} from "../../src/kernel/index.ts";

const run = promisify(execFile);
const askScript = fileURLToPath(new URL("./ask.ts", import.meta.url));
/** The command line that asks a URL. */
export const askCommand = (url: string): readonly string[] => [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  askScript,
  url,
];

export interface Echoed {
  readonly pod: string;
  readonly node: string;
  readonly client: string;
}

export interface HostNamespace {
  enter<T>(start: () => T): T;
  /** Runs a program there; resolves with what it printed, rejects if it failed. */
  run(program: string, ...args: string[]): Promise<string>;
  /** What a porthole/echo behind a URL answers; rejects if nobody does. */
  ask(url: string): Promise<Echoed>;
  /** Names of the links that are there beside the loopback link. */
  links(): Promise<readonly string[]>;
  close(): Promise<void>;
}

let made = 0;

export async function makeHostNamespace(): Promise<HostNamespace> {
  const name = `pt-${process.pid}-host-${++made}`;
  const namespace = await createNetworkNamespace(name);
  const control = await openRouteControl(namespace);
  const loopback = await control.findLink("lo");
  await control.changeLink(loopback?.index ?? 1, { up: true });
  const runThere = async (program: string, ...args: string[]) =>
    (await namespace.run(() => run(program, args))).stdout;
  return {
    enter: (start) => namespace.run(start),
    run: runThere,
    async ask(url) {
      const [program = "", ...args] = askCommand(url);
      return JSON.parse(await runThere(program, ...args)) as Echoed;
    },
    async links() {
      return (await control.listLinks()).filter(({ loopback }) => !loopback).map(({ name: link }) => link);
    },
    async close() {
      await control[Symbol.asyncDispose]();
      namespace[Symbol.dispose]();
      await deleteNetworkNamespace(name);
    },
  };
}

/** Names of the namespaces that a cluster has. */
export function namespacesOf(pid: number): readonly string[] {
  return listNetworkNamespaces(`porthole-${pid}.`);
}
