/** Finds and reads the kubeconfig that a component is to use. */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { ClusterConfig } from "./cluster-config.ts";
import { KubeconfigError } from "./errors.ts";
import { inClusterConfig } from "./in-cluster-config.ts";
import { resolveContext } from "./kubeconfig-context.ts";
import {
  type KubeconfigDocument,
  mergeKubeconfigDocuments,
  readKubeconfigDocument,
} from "./kubeconfig-document.ts";

export interface LoadKubeconfigOptions {
  /** This file and no other. */
  readonly path?: string;
  /** Instead of current-context. */
  readonly context?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns the cluster to talk to, from `path`, else the files of $KUBECONFIG, else ~/.kube/config, else the service account
 * of the pod that we run in. Throws KubeconfigError naming the file, the context and the field.
 */
export async function loadKubeconfig(options: LoadKubeconfigOptions = {}): Promise<ClusterConfig> {
  const env = options.env ?? process.env;
  const listed = (env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  const home = join(env.HOME ?? homedir(), ".kube", "config");
  const candidates = options.path ? [options.path] : listed.length > 0 ? listed : [home];
  const documents: KubeconfigDocument[] = [];
  for (const file of candidates) {
    const document = await readDocument(file, options.path !== undefined);
    if (document) documents.push(document);
  }
  if (documents.length === 0) {
    const config = listed.length > 0 ? undefined : await inClusterConfig(env);
    if (config) return config;
    throw new KubeconfigError(
      listed.length > 0
        ? `Cannot find a kubeconfig: none of the files in $KUBECONFIG exists (${listed.join(", ")})`
        : `Cannot find a kubeconfig: $KUBECONFIG is not set, "${home}" does not exist, and this is not a pod; pass --kubeconfig FILE`,
    );
  }
  return await resolveContext(mergeKubeconfigDocuments(documents), candidates, options.context);
}

/** Returns undefined for a file that does not exist, unless it is required. */
async function readDocument(file: string, required: boolean): Promise<KubeconfigDocument | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && !required) return undefined;
    throw new KubeconfigError(
      code === "ENOENT"
        ? `Kubeconfig "${file}" does not exist`
        : `Kubeconfig "${file}" cannot be read: ${message}`,
      { cause: error },
    );
  }
  return readKubeconfigDocument(await parseText(text, file), file);
}

/** PERF: loading the YAML parser takes 30 ms, so a kubeconfig that is JSON (valid YAML, what `porthole` writes) goes without. */
async function parseText(text: string, file: string): Promise<unknown> {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text);
    } catch {
      // YAML's flow style also starts with a brace.
    }
  }
  const { parse } = await import("../lib/yaml.ts");
  try {
    return parse(text);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw new KubeconfigError(`Kubeconfig "${file}" is not valid YAML: ${reason}`);
  }
}
