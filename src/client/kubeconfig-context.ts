/** One context of a kubeconfig becomes a ClusterConfig. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { ClusterConfig, Credentials, TlsSettings } from "./cluster-config.ts";
import { KubeconfigError } from "./errors.ts";
import {
  booleanField,
  type KubeconfigDocument,
  type Section,
  stringField,
  wrongField,
} from "./kubeconfig-document.ts";
import { pluginCredentials } from "./kubeconfig-plugin.ts";
import { tokenFromFile } from "./token-file.ts";

/** `files` are what the document was merged from. Throws KubeconfigError. */
export async function resolveContext(
  document: KubeconfigDocument,
  files: readonly string[],
  wanted?: string,
): Promise<ClusterConfig> {
  const where = files.map((file) => `"${file}"`).join(", ");
  const name = wanted ?? document.currentContext;
  if (name === undefined) {
    throw new KubeconfigError(
      `Kubeconfig ${where} sets no current-context: ${knownNames(document.contexts)}`,
    );
  }
  const context = document.contexts.get(name);
  if (!context) {
    throw new KubeconfigError(
      `Kubeconfig ${where} has no context "${name}": ${knownNames(document.contexts)}`,
    );
  }
  const cluster = referred(context, "cluster", document.clusters);
  if (!cluster) throw wrongField(context, "cluster", "is missing");
  const user = referred(context, "user", document.users);
  const server = serverOf(cluster);
  const namespace = stringField(context, "namespace");
  const plugin = user && (user.fields.exec ?? user.fields["auth-provider"]);
  return {
    server,
    tls: { ...(await clusterTls(cluster)), ...(user && !plugin ? await userTls(user) : {}) },
    ...(user ? { credentials: plugin ? pluginCredentials(user, server) : userCredentials(user) } : {}),
    ...(namespace ? { namespace } : {}),
    source: `${where}, context "${name}"`,
  };
}

function referred(
  context: Section,
  field: string,
  sections: ReadonlyMap<string, Section>,
): Section | undefined {
  const name = stringField(context, field);
  if (name === undefined) return undefined;
  const section = sections.get(name);
  if (!section)
    throw wrongField(context, field, `names "${name}", which is not there: ${knownNames(sections)}`);
  return section;
}

function serverOf(cluster: Section): string {
  const server = stringField(cluster, "server");
  if (!server) throw wrongField(cluster, "server", "is missing");
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw wrongField(cluster, "server", `"${server}" is not an http:// or https:// URL`);
  }
  if (stringField(cluster, "proxy-url")) {
    throw wrongField(cluster, "proxy-url", "is not supported: connect without a proxy");
  }
  return server.replace(/\/+$/, "");
}

async function clusterTls(cluster: Section): Promise<TlsSettings> {
  const ca = await pemField(cluster, "certificate-authority");
  const insecure = booleanField(cluster, "insecure-skip-tls-verify");
  if (ca && insecure) {
    throw wrongField(cluster, "insecure-skip-tls-verify", "cannot be true beside a certificate authority");
  }
  const serverName = stringField(cluster, "tls-server-name");
  return { ...(ca ? { ca } : {}), ...(insecure ? { insecure } : {}), ...(serverName ? { serverName } : {}) };
}

async function userTls(user: Section): Promise<TlsSettings> {
  const cert = await pemField(user, "client-certificate");
  const key = await pemField(user, "client-key");
  if (cert && !key) throw wrongField(user, "client-key", "is missing beside client-certificate");
  if (key && !cert) throw wrongField(user, "client-certificate", "is missing beside client-key");
  return cert && key ? { cert, key } : {};
}

/** The `-data` twin of a field holds base64 and wins; the field itself names a file. */
async function pemField(section: Section, name: string): Promise<Buffer | undefined> {
  const data = stringField(section, `${name}-data`);
  if (data !== undefined) {
    const pem = Buffer.from(data, "base64");
    if (!pem.includes("-----BEGIN ")) throw wrongField(section, `${name}-data`, "is not base64 of PEM");
    return pem;
  }
  const file = fileField(section, name);
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (error) {
    throw wrongField(section, name, `names "${file}", which cannot be read: ${(error as Error).message}`);
  }
}

function fileField(section: Section, name: string): string | undefined {
  const file = stringField(section, name);
  return file === undefined || isAbsolute(file) ? file : join(dirname(section.file), file);
}

function userCredentials(user: Section): () => Promise<Credentials> {
  const username = stringField(user, "username");
  const password = stringField(user, "password");
  const tokenFile = fileField(user, "tokenFile");
  const token = stringField(user, "token");
  const impersonate = stringField(user, "as");
  const groups = user.fields["as-groups"];
  const readToken = tokenFile === undefined ? async () => token : tokenFromFile(tokenFile);
  const basic = `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}`;
  return async () => {
    const bearer = await readToken();
    const authorization = bearer ? `Bearer ${bearer}` : username === undefined ? undefined : basic;
    return {
      headers: {
        ...(authorization ? { authorization } : {}),
        ...(impersonate ? { "impersonate-user": impersonate } : {}),
        ...(Array.isArray(groups) ? { "impersonate-group": groups.map(String) } : {}),
      },
    };
  };
}

function knownNames(sections: ReadonlyMap<string, unknown>): string {
  return sections.size === 0 ? "there are none" : `there are ${[...sections.keys()].slice(0, 20).join(", ")}`;
}
