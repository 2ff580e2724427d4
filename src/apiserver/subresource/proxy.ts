/** pods/proxy, services/proxy and nodes/proxy: an HTTP request, passed on to what the object stands for. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { pipeline } from "node:stream/promises";
import { type EndpointSlice, serviceNameLabel } from "../../api/endpoint-slice.ts";
import type { Node } from "../../api/node.ts";
import type { Pod } from "../../api/pod.ts";
import type { Service } from "../../api/service.ts";
import { request as httpRequest } from "../../lib/http.ts";
import { badRequest, notFound, serviceUnavailable } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import { decodeObject } from "../registry/object-text.ts";
import { type Registry, readObject } from "../registry/registry.ts";
import { storagePrefix } from "../registry/storage-key.ts";
import type { ResourceTarget } from "../request/request-path.ts";
import type { NodeConnector } from "./node-connector.ts";
import {
  isProxyable,
  type ProxyAddress,
  type ProxyName,
  parseProxyName,
  podAddress,
  serviceAddress,
} from "./proxy-address.ts";

/** Headers that are between the client and this server. */
const ownHeaders = [
  "authorization",
  "host",
  "connection",
  "upgrade",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
];
const connectTimeoutMs = 30_000;

export function isProxied({ group, plural, subresource }: ResourceTarget): boolean {
  return group === "" && subresource === "proxy" && ["pods", "services", "nodes"].includes(plural);
}

/** Throws ApiStatusError: NotFound, BadRequest for an address that may not be proxied to, ServiceUnavailable. */
export async function handleProxy(
  registry: Registry,
  nodes: NodeConnector,
  request: ApiRequest,
  response: ServerResponse,
  target: ResourceTarget,
): Promise<Answer | undefined> {
  if (target.rest.length === 0 && !request.path.endsWith("/")) {
    response.writeHead(301, {
      location: `${request.path}/${request.query.size > 0 ? `?${request.query}` : ""}`,
    });
    response.end();
    return undefined;
  }
  const name = parseProxyName(target.name ?? "");
  const options = await destination(registry, nodes, target, name);
  const query = request.query.size > 0 ? `?${request.query}` : "";
  const trailing = target.rest.length > 0 && request.path.endsWith("/") ? "/" : "";
  const path = `/${target.rest.map(encodeURIComponent).join("/")}${trailing}${query}`;
  const answer = await send(request, { ...options, path }, name.scheme);
  request.message.socket.setTimeout(0);
  response.writeHead(answer.statusCode ?? 502, passedHeaders(answer.headers));
  await pipeline(answer, response).catch(() => response.destroy());
  return undefined;
}

async function destination(
  registry: Registry,
  nodes: NodeConnector,
  { plural, namespace }: ResourceTarget,
  name: ProxyName,
): Promise<RequestOptions> {
  if (plural === "nodes") {
    const agent = await nodes.options(registry, name.name);
    return name.port === "" ? agent : { ...agent, port: Number(name.port) };
  }
  const address =
    plural === "pods"
      ? podAddress(await read<Pod>(registry, plural, namespace, name.name), name.port)
      : await toService(registry, namespace, name);
  if (!isProxyable(address.host, await nodesAreLoopback(registry))) throw badRequest("address not allowed");
  return { host: address.host, port: address.port, rejectUnauthorized: false };
}

async function toService(
  registry: Registry,
  namespace: string | undefined,
  { name, port }: ProxyName,
): Promise<ProxyAddress> {
  const service = await read<Service>(registry, "services", namespace, name);
  const slices = await readAll<EndpointSlice>(registry, "discovery.k8s.io", "endpointslices", namespace);
  const ours = slices.filter(({ metadata }) => metadata.labels?.[serviceNameLabel] === name);
  return serviceAddress(service, ours, port, (count) => Math.floor(Math.random() * count));
}

async function nodesAreLoopback(registry: Registry): Promise<boolean> {
  const all = await readAll<Node>(registry, "", "nodes", undefined);
  return all.some(({ status }) => status?.addresses?.some(({ address }) => address.startsWith("127.")));
}

async function read<T>(
  registry: Registry,
  plural: string,
  namespace: string | undefined,
  name: string,
): Promise<T> {
  const kind = registry.kinds.find("", "v1", plural);
  const stored = kind && (await readObject(registry, kind, { namespace, name }));
  if (!stored) throw notFound({ group: "", plural }, name);
  return stored.object as T;
}

async function readAll<T>(
  registry: Registry,
  group: string,
  plural: string,
  namespace: string | undefined,
): Promise<readonly T[]> {
  const kind = registry.kinds.find(group, "v1", plural);
  if (!kind) return [];
  const { entries } = await registry.store.list(storagePrefix(kind.storage, namespace));
  return entries.map(({ value, revision }) => decodeObject(value, revision, kind.stored) as T);
}

function send(
  { message, method, signal }: ApiRequest,
  options: RequestOptions,
  scheme: "http" | "https",
): Promise<IncomingMessage> {
  const start = scheme === "https" || options.agent ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const passed = start({
      ...options,
      method,
      headers: passedHeaders(message.headers),
      signal,
      timeout: connectTimeoutMs,
    });
    passed.once("response", resolve);
    passed.once("error", (error) =>
      reject(serviceUnavailable(`error trying to reach service: ${error.message}`)),
    );
    message.pipe(passed);
  });
}

function passedHeaders(headers: IncomingMessage["headers"]): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !ownHeaders.includes(name)) passed[name] = value;
  }
  return passed;
}
