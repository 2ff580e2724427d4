/** pods/exec, attach and portforward: an upgraded connection, passed on to the agent of the pod's node byte by byte. */
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Status } from "../../api/meta.ts";
import { STATUS_CODES } from "../../lib/http.ts";
import { badRequest, noSuchPath } from "../errors.ts";
import type { Registry } from "../registry/registry.ts";
import type { ResourceTarget } from "../request/request-path.ts";
import { chooseContainer, findPod, type NodeConnector, unreachable } from "./node-connector.ts";

/** What the agent calls each subresource, as a kubelet does. */
const agentPaths: Readonly<Record<string, string>> = {
  exec: "exec",
  attach: "attach",
  portforward: "portForward",
};

export interface UpgradeRequest {
  readonly message: IncomingMessage;
  readonly socket: Duplex;
  /** What the client sent behind its headers already. */
  readonly head: Buffer;
  readonly query: URLSearchParams;
}

/** Resolves when the tunnel has ended. Throws ApiStatusError before anything is sent. */
export async function tunnelToPod(
  registry: Registry,
  nodes: NodeConnector,
  target: ResourceTarget,
  upgrade: UpgradeRequest,
): Promise<void> {
  const agentPath = agentPaths[target.subresource ?? ""];
  const { namespace = "", name = "" } = target;
  if (target.group !== "" || target.plural !== "pods" || agentPath === undefined) throw noSuchPath();
  const { pod, nodeName } = await findPod(registry, namespace, name);
  // Ports belong to the pod: which of its containers listens on them does not matter.
  const isForward = agentPath === "portForward";
  const container = isForward ? [] : [chooseContainer(pod, upgrade.query.get("container"))];
  if (nodeName === undefined) throw badRequest(`pod ${name} does not have a host assigned`);
  if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") {
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
  }
  const place = [namespace, name, ...container].join("/");
  const path = `/${agentPath}/${place}?${agentQuery(upgrade.query)}`;
  const { "sec-websocket-protocol": protocol, connection, upgrade: wish, ...rest } = upgrade.message.headers;
  const { authorization: _authorization, host: _host, ...headers } = rest;
  const options = await nodes.options(registry, nodeName);
  const request = httpsRequest({
    ...options,
    method: upgrade.message.method,
    path,
    headers: {
      ...headers,
      connection,
      upgrade: wish,
      ...(protocol ? { "sec-websocket-protocol": protocol } : {}),
    },
  });
  await connect(request, upgrade, path);
}

/** The agent takes the names that the kubelet does. */
function agentQuery(query: URLSearchParams): URLSearchParams {
  const passed = new URLSearchParams();
  const renamed: Readonly<Record<string, string>> = { stdin: "input", stdout: "output", stderr: "error" };
  for (const [name, value] of query) {
    if (name === "container") continue;
    const isSwitch = name in renamed || name === "tty";
    if (!isSwitch) passed.append(name, value);
    else if (value !== "false" && value !== "0") passed.append(renamed[name] ?? name, "1");
  }
  return passed;
}

function connect(
  request: ReturnType<typeof httpsRequest>,
  { socket, head }: UpgradeRequest,
  path: string,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  request.once("upgrade", (response: IncomingMessage, agentSocket: Duplex, agentHead: Buffer) => {
    socket.write(headText(response));
    if (agentHead.length > 0) socket.write(agentHead);
    if (head.length > 0) agentSocket.write(head);
    agentSocket.once("error", () => agentSocket.destroy());
    agentSocket.once("close", () => socket.destroy());
    socket.once("close", () => {
      agentSocket.destroy();
      resolve();
    });
    socket.pipe(agentSocket).pipe(socket);
  });
  request.once("response", (response: IncomingMessage) => {
    socket.write(headText(response));
    pipeline(response, socket).then(resolve, resolve);
  });
  request.once("error", (error) => reject(unreachable(path, error)));
  request.end();
  return promise;
}

function headText({ statusCode = 502, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ""}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A refusal, written by hand: an upgraded connection has no response object. */
export function refuseUpgrade(socket: Duplex, status: Status): void {
  const code = status.code ?? 500;
  const body = JSON.stringify(status);
  socket.end(
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ""}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
