/** ApiClient over HTTP: paths, bodies and Status errors. */
import type { KubeList, KubeObject, Status } from "../api/meta.ts";
import type { Logger } from "../lib/log.ts";
import type {
  ApiClient,
  Draft,
  ListParameters,
  ObjectKey,
  PatchType,
  WatchEvent,
  WatchParameters,
  WriteOptions,
} from "./api-client.ts";
import type { ClusterConfig } from "./cluster-config.ts";
import { ApiError, isNotFound, NetworkError } from "./errors.ts";
import { type HttpRequest, type HttpTransport, openTransport } from "./http-transport.ts";
import { measureTransport } from "./measured-transport.ts";
import { toNetworkError } from "./network-error.ts";
import { collectionPath, objectPath, queryString } from "./resource-path.ts";
import type { Resource } from "./resources.ts";
import { watchLines } from "./watch-lines.ts";

export interface ApiClientOptions {
  /** `porthole-proxy/0.1.0` */
  readonly userAgent: string;
  readonly log: Logger;
}

/** A watch is silent no longer than the time-out that it asked for; the server may end it a little late. */
const watchSlackMs = 30_000;
/** What kube-apiserver takes at most when a watch asks for no time-out: twice its --min-request-timeout of 30 minutes. */
const defaultWatchTimeoutSeconds = 3600;

const patchContentTypes: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** Opens no connection before the first request. */
export function createApiClient(config: ClusterConfig, { userAgent, log }: ApiClientOptions): ApiClient {
  const transport = measureTransport(openTransport(config, userAgent), new URL(config.server).host);
  const requestJson = async <T>(request: HttpRequest): Promise<T> => {
    const { status, body } = await transport.send(request);
    log.debug("Called the API", { method: request.method, path: request.path, status });
    if (status < 200 || status > 299) throw errorOf(status, body, request);
    return parseJson(body, config.server) as T;
  };
  const write = <T extends KubeObject>(
    method: string,
    path: string,
    body: unknown,
    options: WriteOptions,
    contentType = "application/json",
  ) =>
    requestJson<T>({
      method,
      path: path + writeQuery(options),
      headers: { "content-type": contentType },
      body: JSON.stringify(body),
      signal: options.signal,
    });
  return {
    async get<T extends KubeObject>(resource: Resource<T>, key: ObjectKey, signal?: AbortSignal) {
      try {
        return await requestJson<T>({ method: "GET", path: objectPath(resource, key), signal });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    list: <T extends KubeObject>(
      resource: Resource<T>,
      { namespace, ...rest }: ListParameters = {},
      signal?: AbortSignal,
    ) =>
      requestJson<KubeList<T>>({
        method: "GET",
        path: collectionPath(resource, namespace) + queryString({ ...rest }),
        signal,
      }),
    watch: (resource, parameters, signal) => watch(transport, config.server, resource, parameters, signal),
    create: async (resource, object, options = {}) => {
      const body = withKind(resource, object);
      const { namespace } = keyOf(body);
      const path = options.subresource
        ? objectPath(resource, keyOf(body), options.subresource)
        : collectionPath(resource, requireNamespace(resource, namespace));
      return write("POST", path, body, options);
    },
    update: async (resource, object, options = {}) => {
      const body = withKind(resource, object);
      return write("PUT", objectPath(resource, keyOf(body), options.subresource), body, options);
    },
    patch: async (resource, key, type, body, options = {}) =>
      write("PATCH", objectPath(resource, key, options.subresource), body, options, patchContentTypes[type]),
    async delete(resource, key, { signal, ...options } = {}) {
      const body = JSON.stringify({ kind: "DeleteOptions", apiVersion: "v1", ...options });
      const headers = { "content-type": "application/json" };
      try {
        await requestJson({ method: "DELETE", path: objectPath(resource, key), headers, body, signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
    raw: (method, path, signal) => transport.send({ method, path, signal }),
    metrics: () => transport.metrics.text(),
    async close() {
      transport.close();
    },
  };
}

async function* watch<T extends KubeObject>(
  transport: HttpTransport,
  server: string,
  resource: Resource<T>,
  { namespace, allowBookmarks, sendInitialEvents, timeoutSeconds, ...rest }: WatchParameters,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  if (signal.aborted) return;
  const query = queryString({
    watch: true,
    ...rest,
    allowWatchBookmarks: allowBookmarks,
    sendInitialEvents,
    // kube-apiserver requires it beside sendInitialEvents.
    resourceVersionMatch: sendInitialEvents === undefined ? undefined : "NotOlderThan",
    timeoutSeconds,
  });
  const request = { method: "GET", path: collectionPath(resource, namespace) + query, signal };
  try {
    const response = await transport.open(request);
    try {
      if (response.statusCode !== 200) {
        throw errorOf(response.statusCode ?? 0, await textOf(response), request);
      }
      const silenceMs = (timeoutSeconds ?? defaultWatchTimeoutSeconds) * 1000 + watchSlackMs;
      response.socket.setTimeout(silenceMs);
      for await (const line of watchLines(response)) {
        const event = parseJson(line, server) as { type: string; object: T & Status };
        if (event.type === "ERROR") {
          throw new ApiError(event.object, event.object.code ?? 0, `GET ${request.path}`);
        }
        yield event as WatchEvent<T>;
      }
    } finally {
      response.destroy();
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof ApiError ? error : toNetworkError(error, server);
  }
}

/** The error body of a proxy in between may be long, and is only for a message. */
async function textOf(response: AsyncIterable<Buffer>): Promise<string> {
  let text = "";
  for await (const chunk of response) {
    text += chunk.toString("utf8");
    if (text.length > 64 * 1024) break;
  }
  return text;
}

function errorOf(code: number, body: string, { method, path }: HttpRequest): ApiError {
  const request = `${method} ${path.split("?")[0]}`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    parsed = undefined;
  }
  if (isStatus(parsed)) return new ApiError(parsed, code, request);
  const said = body.trim().split("\n")[0]?.slice(0, 200);
  const message = `the server answered ${request} with HTTP status ${code}${said ? `: ${said}` : ""}`;
  return new ApiError(
    { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code },
    code,
    request,
  );
}

function isStatus(value: unknown): value is Status {
  return typeof value === "object" && value !== null && (value as Status).kind === "Status";
}

function parseJson(text: string, server: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NetworkError(
      "protocol",
      `The API server at ${server} answered with something that is not JSON`,
      error,
    );
  }
}

function writeQuery({ dryRun, fieldManager, force }: WriteOptions): string {
  return queryString({ dryRun: dryRun ? "All" : undefined, fieldManager, force });
}

function withKind<T extends KubeObject>({ group, version, kind }: Resource<T>, object: Draft<T>): Draft<T> {
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind, ...object };
}

function keyOf(object: Draft<KubeObject>): ObjectKey {
  const { name = "", namespace } = object.metadata ?? {};
  return { name, ...(namespace ? { namespace } : {}) };
}

function requireNamespace({ namespaced, kind }: Resource, namespace: string | undefined): string | undefined {
  if (namespaced && !namespace) throw new TypeError(`Cannot create a ${kind} without metadata.namespace`);
  return namespace;
}
