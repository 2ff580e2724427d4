/** Services and EndpointSlices that change at random, and what a node's IPv4 rows must be for them. */
import type { ApiProcess } from "./api-process.ts";
import type { Random } from "./fuzz-objects.ts";

interface Endpoint {
  readonly address: string;
  readonly ready: boolean;
}

interface RandomService {
  readonly clusterIP: string;
  readonly nodePort: number | undefined;
  readonly externalIP: string | undefined;
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
  readonly targetPort: number;
  readonly endpoints: readonly Endpoint[];
}

export interface RandomServices {
  /** Makes one change through the API; resolves when it is acknowledged. */
  change(): Promise<void>;
  /** Places and their sorted backends, as `readKernelRows` returns them. */
  expected(): ReadonlyMap<string, readonly string[]>;
}

const mostServices = 40;
const mostEndpoints = 6;
const servicesPath = "/api/v1/namespaces/default/services";
const slicesPath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

export function createRandomServices(server: ApiProcess, random: Random): RandomServices {
  const services = new Map<string, RandomService>();

  async function send(method: string, path: string, body?: unknown) {
    const reply = await server.call(method, path, body);
    if (reply.status > 201) throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  async function writeService(name: string, method: "POST" | "PUT"): Promise<void> {
    const number = Number(name.slice(1));
    const type = random.chance(0.6) ? "NodePort" : "ClusterIP";
    // A NodePort Service that becomes a ClusterIP one with external addresses is refused, by kube-apiserver too.
    const externalIP = type === "NodePort" && random.chance(0.3) ? `198.51.100.${number + 1}` : undefined;
    const protocol = random.chance(0.3) ? "UDP" : "TCP";
    const [port, targetPort] = [80 + random.below(3), 8080 + random.below(3)];
    const kept = services.get(name);
    const { spec } = await send(method, method === "POST" ? servicesPath : `${servicesPath}/${name}`, {
      metadata: { name },
      spec: {
        type,
        sessionAffinity: random.chance(0.3) ? "ClientIP" : "None",
        ...(externalIP && { externalIPs: [externalIP] }),
        ...(kept && { clusterIP: kept.clusterIP }),
        ports: [{ port, targetPort, protocol }],
      },
    });
    const [{ nodePort }] = spec.ports;
    const { clusterIP } = spec;
    const endpoints = kept?.endpoints ?? [];
    services.set(name, { clusterIP, nodePort, externalIP, protocol, port, targetPort, endpoints });
    await writeSlice(name, method);
  }

  /** The slice's port follows its Service's target port and protocol, as the slice controller has it. */
  async function writeSlice(name: string, method: "POST" | "PUT"): Promise<void> {
    const service = services.get(name);
    if (!service) return;
    const { endpoints, protocol, targetPort } = service;
    await send(method, method === "POST" ? slicesPath : `${slicesPath}/${name}`, {
      metadata: { name, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports: [{ name: "", port: targetPort, protocol }],
      endpoints: endpoints.map(({ address, ready }) => ({ addresses: [address], conditions: { ready } })),
    });
  }

  return {
    async change() {
      const name = `s${random.below(mostServices)}`;
      const service = services.get(name);
      if (!service) return writeService(name, "POST");
      if (random.chance(0.1)) {
        await send("DELETE", `${servicesPath}/${name}`);
        await send("DELETE", `${slicesPath}/${name}`);
        services.delete(name);
      } else if (random.chance(0.2)) await writeService(name, "PUT");
      else {
        services.set(name, { ...service, endpoints: randomEndpoints(random) });
        await writeSlice(name, "PUT");
      }
    },
    expected: () => new Map([...services.values()].flatMap(rowsOf)),
  };
}

function randomEndpoints(random: Random): readonly Endpoint[] {
  const addresses = new Set(
    Array.from({ length: random.below(mostEndpoints + 1) }, () => `10.244.1.${1 + random.below(50)}`),
  );
  return [...addresses].map((address) => ({ address, ready: random.chance(0.8) }));
}

function rowsOf({ endpoints, targetPort, protocol, port, clusterIP, nodePort, externalIP }: RandomService) {
  const backends = endpoints
    .filter(({ ready }) => ready)
    .map(({ address }) => `${address} . ${targetPort}`)
    .toSorted();
  const transport = protocol.toLowerCase();
  return [
    `${clusterIP} . ${transport} . ${port}`,
    ...(externalIP ? [`${externalIP} . ${transport} . ${port}`] : []),
    ...(nodePort ? [`${transport} . ${nodePort}`] : []),
  ].map((place) => [place, backends] as const);
}
