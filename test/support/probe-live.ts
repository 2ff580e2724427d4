/** Run on a node: follows random packets to random Services, and prints how many, and each difference from the model. */
import { setTimeout as delay } from "node:timers/promises";
import { createApiClient, loadKubeconfig } from "../../src/client/index.ts";
import { checkPacket, readClusterObjects } from "../../src/inspect/index.ts";
import type { TraceQuery } from "../../src/inspect/trace/trace.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { statedAddresses } from "../../src/proxy/index.ts";

const [kubeconfig = "", nodeName = "", count = "0"] = process.argv.slice(2);
const client = createApiClient(await loadKubeconfig({ path: kubeconfig }), {
  userAgent: "probe",
  log: silentLogger,
});
const objects = await readClusterObjects(client);
await client.close();

const node = objects.nodes.find(({ metadata }) => metadata.name === nodeName);
const nodeAddresses = node ? statedAddresses(node) : [];
const targets: TraceQuery[] = objects.services.flatMap(({ spec }) =>
  (spec.ports ?? []).flatMap(({ port, nodePort, protocol }) => [
    ...(spec.clusterIPs ?? []).map((address) => ({ address, port, protocol })),
    ...nodeAddresses
      .filter((address) => spec.ipFamilies?.includes(address.includes(":") ? "IPv6" : "IPv4"))
      .map((address) => ({ address, port: nodePort ?? port, protocol })),
  ]),
);

/** The node may still be at work on what the objects say: each target is asked until it is as it should be. */
const settleRounds = 100;
const settleMs = 50;
for (const target of targets) {
  for (let round = 0; round < settleRounds && (await probe(target)).found.length > 0; round++)
    await delay(settleMs);
}

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;
const verdicts: Record<string, number> = {};
const found: string[] = [];
for (let asked = 0; asked < Number(count); asked++) {
  const target = pick(targets);
  // Now and then to where no Service is.
  const query = Math.random() < 0.1 ? { ...target, port: 1 + Math.floor(Math.random() * 1000) } : target;
  const result = await probe(query);
  verdicts[result.verdict] = (verdicts[result.verdict] ?? 0) + 1;
  found.push(...result.found.map((text) => `${JSON.stringify(query)}: ${text}`));
}
console.log(JSON.stringify({ verdicts, found: found.slice(0, 10) }));

async function probe(query: TraceQuery) {
  const { trace, observed, differences } = await checkPacket(objects, query);
  return {
    verdict: trace.verdict,
    found: differences.map((text) => `${text} ${JSON.stringify(observed)}`),
  };
}
