/** One Service for each pair of balancers, over the same pods, so that every pair meets the same faults at the same moment. */
import { podManifest, podsPerNode } from "./pods.ts";

export interface PairService {
  readonly name: string;
  readonly loadBalancerClass: string;
  readonly nodePort: number;
  readonly healthPort: number;
}

export function pairService(name: string, number: number): PairService {
  return {
    name,
    loadBalancerClass: `example.com/${name}`,
    nodePort: 30_080 + number,
    healthPort: 32_080 + number,
  };
}

/** `externalTrafficPolicy: Local`: a node answers for its own pods alone, so its health check says all of it. */
function serviceManifest({ name, loadBalancerClass, nodePort, healthPort }: PairService): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: {
      type: "LoadBalancer",
      loadBalancerClass,
      externalTrafficPolicy: "Local",
      healthCheckNodePort: healthPort,
      selector: { app: "web" },
      ports: [{ port: 80, targetPort: 8080, nodePort }],
    },
  };
}

/** Services and pods, as one text. */
export function labManifest(services: readonly PairService[], nodes: readonly string[]): string {
  const pods = nodes.flatMap((node) =>
    Array.from({ length: podsPerNode }, (_, index) => podManifest(`web-${node}-${index + 1}`, node)),
  );
  return [...services.map(serviceManifest), ...pods].map((object) => JSON.stringify(object)).join("\n---\n");
}
