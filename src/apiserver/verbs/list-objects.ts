/** List: a consistent snapshot, in pages if the client wants. */
import { CompactedError, type Entry, type ListResult } from "../../store/store.ts";
import { ApiStatusError, badRequest } from "../errors.ts";
import { requireKnownRevision } from "../registry/known-revision.ts";
import { continueExpiredMessage, listExpired, type Registry } from "../registry/registry.ts";
import type { ServedKind } from "../registry/served-kind.ts";
import { storagePrefix } from "../registry/storage-key.ts";
import { decodeContinue, encodeContinue } from "../request/continue-token.ts";
import type { ListOptions } from "../request/list-options.ts";
import type { ListMetadata, StoredText } from "../response/object-form.ts";
import { createObjectFilter, type ObjectFilter, passesText } from "./object-filter.ts";

export interface ObjectList {
  readonly objects: readonly StoredText[];
  readonly metadata: ListMetadata;
}

/** Throws ApiStatusError: Expired when the state asked for is no longer kept. */
export async function listObjects(
  registry: Registry,
  kind: ServedKind,
  namespace: string | undefined,
  options: ListOptions,
): Promise<ObjectList> {
  const filter = createObjectFilter(kind, options);
  const prefix = storagePrefix(kind.storage, namespace);
  const start = await startOfList(registry, prefix, options);
  try {
    return filter.name !== undefined && namespace !== undefined && start.revision === undefined
      ? await lookUp(registry, kind, prefix, filter)
      : await walk(registry, kind, prefix, filter, start, options.limit);
  } catch (error) {
    if (error instanceof CompactedError)
      throw options.continue === "" ? listExpired() : expiredContinue(start, prefix);
    throw error;
  }
}

interface Start {
  readonly revision?: number;
  readonly after?: string;
}

async function startOfList(registry: Registry, prefix: string, options: ListOptions): Promise<Start> {
  const { resourceVersion, resourceVersionMatch: match } = options;
  if (options.continue !== "") {
    if (resourceVersion !== undefined && resourceVersion !== 0) {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    const { revision, after } = decodeContinue(options.continue);
    return { ...(revision > 0 ? { revision } : {}), after: prefix + after };
  }
  if (!resourceVersion) return {};
  await requireKnownRevision(registry, resourceVersion);
  const isExact = match === "Exact" || (match === "" && options.limit > 0);
  return isExact ? { revision: resourceVersion } : {};
}

async function lookUp(
  { store }: Registry,
  kind: ServedKind,
  prefix: string,
  filter: ObjectFilter,
): Promise<ObjectList> {
  const [entry, revision] = await Promise.all([store.get(prefix + filter.name), store.revision()]);
  const found = entry && passesText(filter, kind, entry.value, entry.revision) ? [toStoredText(entry)] : [];
  return { objects: found, metadata: { revision: Math.max(revision, entry?.revision ?? 0) } };
}

/** How many entries are read at once when a filter may drop most of them. */
const filteredChunk = 1000;

async function walk(
  { store }: Registry,
  kind: ServedKind,
  prefix: string,
  filter: ObjectFilter,
  start: Start,
  limit: number,
): Promise<ObjectList> {
  const objects: StoredText[] = [];
  const pageSize = limit === 0 ? undefined : filter.passesAll ? limit : Math.max(limit, filteredChunk);
  let { revision, after } = start;
  for (;;) {
    const page: ListResult = await store.list(prefix, {
      ...(pageSize === undefined ? {} : { limit: pageSize }),
      ...(revision === undefined ? {} : { revision }),
      ...(after === undefined ? {} : { after }),
    });
    revision = page.revision;
    for (const [index, entry] of page.entries.entries()) {
      if (!passesText(filter, kind, entry.value, entry.revision)) continue;
      objects.push(toStoredText(entry));
      const remaining = page.entries.length - index - 1 + page.remaining;
      if (objects.length === limit && remaining > 0) {
        return {
          objects,
          metadata: pageMetadata(filter, revision, entry.key.slice(prefix.length), remaining),
        };
      }
    }
    after = page.entries.at(-1)?.key;
    if (page.remaining === 0 || after === undefined) return { objects, metadata: { revision } };
  }
}

/** With a selector nobody knows how many are left. */
function pageMetadata(
  filter: ObjectFilter,
  revision: number,
  after: string,
  remaining: number,
): ListMetadata {
  const token = encodeContinue({ revision, after });
  return { revision, continue: token, ...(filter.passesAll ? { remaining } : {}) };
}

function toStoredText({ value, revision }: Entry): StoredText {
  return { text: value, revision };
}

/** The answer carries a token that goes on with the newest state, for clients that can live with that. */
function expiredContinue({ after = "" }: Start, prefix: string): ApiStatusError {
  const token = encodeContinue({ revision: -1, after: after.slice(prefix.length) });
  return new ApiStatusError(410, "Expired", continueExpiredMessage, undefined, { continue: token });
}
