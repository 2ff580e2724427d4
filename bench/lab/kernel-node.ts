/** An API server and `porthole proxy --mode nftables` on one node, in the network namespace of this process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import {
  type ApiDirectory,
  type ApiProcess,
  createApiDirectory,
  startApiProcess,
} from "../../test/support/api-process.ts";
import { porthole } from "../../test/support/local-cluster.ts";
import { sendAll } from "../apiserver/http-load.ts";

export interface KernelNode extends AsyncDisposable {
  /** Writes an object. Throws unless the server takes it. */
  // biome-ignore lint/suspicious/noExplicitAny: a bench reads what the server sent
  write(method: "POST" | "PUT", path: string, body: object): Promise<any>;
  /** Starts the proxy, whose process is ended with the node. */
  startProxy(): ChildProcess;
}

const nodeName = "node-1";
const connections = 20;
export const servicesPath = "/api/v1/namespaces/default/services";
export const slicesPath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

export async function openKernelNode(address: string): Promise<KernelNode> {
  const directory: ApiDirectory = await createApiDirectory();
  const kubeconfig = join(directory.path, "kubeconfig");
  const server: ApiProcess = await startApiProcess([...directory.args(), "--kubeconfig-out", kubeconfig]);
  let proxy: ChildProcess | undefined;
  const node: KernelNode = {
    async write(method, path, body) {
      const reply = await server.call(method, path, body);
      if (reply.status > 201) throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`);
      return reply.body;
    },
    startProxy() {
      const args = ["--kubeconfig", kubeconfig, "--node-name", nodeName, "--mode", "nftables"];
      proxy = spawn(porthole, ["proxy", ...args, "--log-level", "warn"], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      return proxy;
    },
    async [Symbol.asyncDispose]() {
      if (proxy && proxy.exitCode === null) {
        const exited = once(proxy, "exit");
        proxy.kill("SIGTERM");
        await exited;
      }
      await server.kill("SIGTERM");
      await directory[Symbol.asyncDispose]();
    },
  };
  await node.write("POST", "/api/v1/nodes", { metadata: { name: nodeName } });
  const status = { addresses: [{ type: "InternalIP", address }] };
  await node.write("PUT", `/api/v1/nodes/${nodeName}/status`, { metadata: { name: nodeName }, status });
  return node;
}

export function serviceObject(name: string, type: "NodePort" | "ClusterIP", nodePort?: number): object {
  const port = { port: 80, targetPort: 8080 };
  const ports = ["TCP", "UDP"].map((protocol) => ({
    ...port,
    name: protocol.toLowerCase(),
    protocol,
    ...(nodePort && { nodePort }),
  }));
  return { metadata: { name }, spec: { type, ports: nodePort ? ports : ports.slice(0, 1) } };
}

export function sliceObject(service: string, port: number, addresses: readonly string[]): object {
  return {
    metadata: { name: service, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    ports: ["TCP", "UDP"].map((protocol) => ({ name: protocol.toLowerCase(), port, protocol })),
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
  };
}

/** Services `s0`, `s1`, … with endpoints that nobody answers at, the first of them with a NodePort. Resolves with the seconds taken. */
export async function fill(
  node: KernelNode,
  count: number,
  endpoints: number,
  nodePorts: number,
): Promise<number> {
  const addressOf = (index: number) => `10.${200 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  const ms = await sendAll(count, connections, async (index) => {
    const name = `s${index}`;
    await node.write("POST", servicesPath, serviceObject(name, index < nodePorts ? "NodePort" : "ClusterIP"));
    const addresses = Array.from({ length: endpoints }, (_, endpoint) =>
      addressOf(index * endpoints + endpoint),
    );
    await node.write("POST", slicesPath, sliceObject(name, 8080, addresses));
  });
  return ms / 1000;
}
