/** A kubeconfig file as data (client-go tools/clientcmd/api/v1/types.go): which fields there are and what must be where. */
import { KubeconfigError } from "./errors.ts";

/** A named entry, with the file it came from: relative paths in it are relative to that file. */
export interface Section {
  readonly file: string;
  /** `users["admin"].user`, for messages. */
  readonly path: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface KubeconfigDocument {
  readonly currentContext?: string;
  readonly clusters: ReadonlyMap<string, Section>;
  readonly users: ReadonlyMap<string, Section>;
  readonly contexts: ReadonlyMap<string, Section>;
}

/** Throws KubeconfigError naming the file and the field that is not of its form. */
export function readKubeconfigDocument(parsed: unknown, file: string): KubeconfigDocument {
  if (parsed === null || parsed === undefined) {
    return { clusters: new Map(), users: new Map(), contexts: new Map() };
  }
  if (!isRecord(parsed)) throw new KubeconfigError(`Kubeconfig "${file}" must be a mapping`);
  const kind = parsed.kind;
  if (kind !== undefined && kind !== "" && kind !== "Config") {
    throw new KubeconfigError(`Kubeconfig "${file}" has kind ${JSON.stringify(kind)}, "Config" is expected`);
  }
  const currentContext = stringField({ file, path: "", fields: parsed }, "current-context");
  return {
    ...(currentContext ? { currentContext } : {}),
    clusters: sections(parsed, file, "clusters", "cluster"),
    users: sections(parsed, file, "users", "user"),
    contexts: sections(parsed, file, "contexts", "context"),
  };
}

/** Of several files the first one to say something wins, as client-go merges $KUBECONFIG. */
export function mergeKubeconfigDocuments(documents: readonly KubeconfigDocument[]): KubeconfigDocument {
  const merge = (pick: (document: KubeconfigDocument) => ReadonlyMap<string, Section>) =>
    new Map(documents.toReversed().flatMap((document) => [...pick(document)]));
  const currentContext = documents.find((document) => document.currentContext)?.currentContext;
  return {
    ...(currentContext === undefined ? {} : { currentContext }),
    clusters: merge(({ clusters }) => clusters),
    users: merge(({ users }) => users),
    contexts: merge(({ contexts }) => contexts),
  };
}

/** Returns undefined for a field that is absent or empty. */
export function stringField(section: Section, name: string): string | undefined {
  const value = section.fields[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw wrongField(section, name, "must be a string");
  return value;
}

export function booleanField(section: Section, name: string): boolean {
  const value = section.fields[name];
  if (value === undefined || value === null) return false;
  if (typeof value !== "boolean") throw wrongField(section, name, "must be true or false");
  return value;
}

export function wrongField(section: Section, name: string, why: string): KubeconfigError {
  const path = section.path === "" ? name : `${section.path}.${name}`;
  return new KubeconfigError(`Kubeconfig "${section.file}": ${path} ${why}`);
}

function sections(
  document: Readonly<Record<string, unknown>>,
  file: string,
  list: string,
  field: string,
): Map<string, Section> {
  const entries = document[list] ?? [];
  if (!Array.isArray(entries)) throw new KubeconfigError(`Kubeconfig "${file}": ${list} must be a list`);
  const found = new Map<string, Section>();
  for (const [index, entry] of entries.entries()) {
    if (!isRecord(entry) || typeof entry.name !== "string") {
      throw new KubeconfigError(`Kubeconfig "${file}": ${list}[${index}].name is missing`);
    }
    const fields = entry[field] ?? {};
    const path = `${list}["${entry.name}"].${field}`;
    if (!isRecord(fields)) throw new KubeconfigError(`Kubeconfig "${file}": ${path} must be a mapping`);
    if (!found.has(entry.name)) found.set(entry.name, { file, path, fields });
  }
  return found;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
