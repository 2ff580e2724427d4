/** One probe of a container: HTTP, TCP, or a command, as a kubelet does it. */
import { spawn } from "node:child_process";
import { get as httpsGet } from "node:https";
import { connect } from "node:net";
import type { Container, Probe } from "../api/pod.ts";
import { get as httpGet } from "../lib/http.ts";
import { explainStartError, signalGroup } from "./container-process.ts";
import type { PodSandbox } from "./network/pod-network.ts";

export interface ProbeTarget {
  readonly container: Container;
  readonly podIP: string;
  /** Where commands run; undefined once the pod is to end. */
  readonly sandbox: () => Promise<PodSandbox | undefined>;
  /** Environment of the container, for commands. */
  readonly environment: () => Promise<Readonly<Record<string, string>>>;
}

export interface ProbeResult {
  readonly success: boolean;
  /** What was seen, for the Unhealthy Event. */
  readonly output: string;
}

const defaultTimeoutSeconds = 1;
/** A kubelet keeps so much of what a probe's command prints. */
const maxOutputLength = 1024;

/** Resolves with what was seen; never rejects, a probe that cannot be made has failed. */
export function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? defaultTimeoutSeconds) * 1000;
  if (probe.httpGet) return probeHttp(probe.httpGet, target, timeoutMs);
  if (probe.tcpSocket) return probeTcp(probe.tcpSocket, target, timeoutMs);
  if (probe.exec) return runCommand(probe.exec.command ?? [], target, timeoutMs);
  return Promise.resolve(failed("only httpGet, tcpSocket and exec can be probed here"));
}

/** Number of a port that may be given by the name of one of the container's ports; undefined if there is no such name. */
export function portNumber(port: number | string, container: Container): number | undefined {
  if (typeof port === "number") return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
}

function probeHttp(
  action: NonNullable<Probe["httpGet"]>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const port = portNumber(action.port, target.container);
  if (port === undefined) return Promise.resolve(failed(`no port is named "${action.port}"`));
  const host = action.host ?? target.podIP;
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const options = {
    host,
    port,
    path: action.path ?? "/",
    headers: { "user-agent": "kube-probe/porthole", connection: "close", ...headers },
    agent: false as const,
    signal: AbortSignal.timeout(timeoutMs),
    // As a kubelet: a probe asks whether it answers, not whose certificate it has.
    rejectUnauthorized: false,
  };
  const get = action.scheme === "HTTPS" ? httpsGet : httpGet;
  return new Promise((resolve) => {
    const request = get(options, (response) => {
      // The answer's body is of no interest; one without end must not keep the connection.
      response.on("error", () => {});
      response.destroy();
      const status = response.statusCode ?? 0;
      const success = status >= 200 && status < 400;
      resolve({ success, output: success ? "" : `HTTP probe failed with statuscode: ${status}` });
    });
    request.on("error", (error) =>
      resolve(
        failed(
          `Get "${(action.scheme ?? "HTTP").toLowerCase()}://${host}:${port}${options.path}": ${error.message}`,
        ),
      ),
    );
  });
}

function probeTcp(
  action: NonNullable<Probe["tcpSocket"]>,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const port = portNumber(action.port, target.container);
  if (port === undefined) return Promise.resolve(failed(`no port is named "${action.port}"`));
  return new Promise((resolve) => {
    const socket = connect({ host: action.host ?? target.podIP, port, timeout: timeoutMs });
    const end = (result: ProbeResult) => {
      socket.destroy();
      resolve(result);
    };
    socket.on("connect", () => end({ success: true, output: "" }));
    socket.on("timeout", () => end(failed(`dial tcp ${target.podIP}:${port}: i/o timeout`)));
    socket.on("error", (error) => end(failed(`dial tcp ${target.podIP}:${port}: ${error.message}`)));
  });
}

/** Runs a command beside the container, in its environment and in a process group of its own, which is killed at the timeout. */
export async function runCommand(
  command: readonly string[],
  { environment, container, sandbox }: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const [program = "", ...args] = command;
  try {
    const [env, place] = await Promise.all([environment(), sandbox()]);
    if (!place) return failed("the pod is ending");
    return await new Promise((resolve) => {
      const child = place.enter(() =>
        spawn(program, args, {
          env,
          ...(container.workingDir === undefined ? {} : { cwd: container.workingDir }),
          stdio: ["ignore", "pipe", "pipe"],
          detached: true,
        }),
      );
      let output = "";
      const keep = (chunk: Buffer) => {
        output = (output + chunk.toString("utf8")).slice(0, maxOutputLength);
      };
      child.stdout.on("data", keep);
      child.stderr.on("data", keep);
      const end = (result: ProbeResult) => {
        clearTimeout(timer);
        signalGroup(child.pid, "SIGKILL");
        child.stdout.destroy();
        child.stderr.destroy();
        resolve(result);
      };
      const timer = setTimeout(
        () => end(failed(`command timed out: "${command.join(" ")}" timed out after ${timeoutMs / 1000}s`)),
        timeoutMs,
      );
      child.on("error", (error) => end(failed(explainStartError(program, container.workingDir, error))));
      // What it has started in the background may hold its output open for good.
      child.on("exit", (code) => setImmediate(() => end({ success: code === 0, output })));
    });
  } catch (error) {
    return failed((error as Error).message);
  }
}

function failed(output: string): ProbeResult {
  return { success: false, output };
}
