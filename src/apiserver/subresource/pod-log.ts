/** pods/log: the agent of the pod's node sends the log, and the server passes it on as it comes. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { pipeline } from "node:stream/promises";
import { methodNotAllowed } from "../errors.ts";
import { type Answer, textAnswer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import type { ObjectTarget } from "../http/resource-handler.ts";
import type { Registry } from "../registry/registry.ts";
import { chooseContainer, findPod, type NodeConnector, unreachable } from "./node-connector.ts";

export async function handleLog(
  registry: Registry,
  nodes: NodeConnector,
  request: ApiRequest,
  response: ServerResponse,
  { namespace = "", name }: ObjectTarget,
): Promise<Answer | undefined> {
  if (request.method !== "GET") throw methodNotAllowed();
  const { query, signal } = request;
  const { pod, nodeName } = await findPod(registry, namespace, name);
  const container = chooseContainer(pod, query.get("container"));
  if (nodeName === undefined) return textAnswer(200, "");
  const passed = new URLSearchParams(query);
  passed.delete("container");
  const path = `/containerLogs/${namespace}/${name}/${container}?${passed}`;
  const log = await get({ ...(await nodes.options(registry, nodeName)), path, signal });
  request.message.socket.setTimeout(0);
  response.writeHead(log.statusCode ?? 502, {
    "Content-Type": log.headers["content-type"] ?? "text/plain",
    "Cache-Control": "no-cache, private",
  });
  response.flushHeaders();
  await pipeline(log, response).catch(() => response.destroy());
  return undefined;
}

function get(options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpsRequest(options)
      .once("response", resolve)
      .once("error", (error) => reject(unreachable(options.path ?? "", error)))
      .end();
  });
}
