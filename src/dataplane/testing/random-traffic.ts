/** Random tables for the world's node, and random packets to what is in them and beside it. */
import fc from "fast-check";
import { buildForwardingTable, type Family, type ForwardingTable } from "../../forwarding/index.ts";
import { anyService, anySlice } from "../../forwarding/testing/arbitraries.ts";
import { families, nodeView } from "../../forwarding/testing/world.ts";
import type { TestProtocol } from "../conformance-harness.ts";
import { addressPlan } from "./address-plan.ts";

/** The port that every pod answers on, over TCP and UDP. */
export const podPort = 8080;

export interface RandomPacket {
  readonly family: Family;
  readonly from: string;
  readonly to: string;
  readonly protocol: TestProtocol;
  readonly port: number;
}

export interface RandomTraffic {
  /** What happens to the dataplane before it is given the table, by name. */
  readonly upset?: string | undefined;
  readonly table: ForwardingTable;
  readonly packets: readonly RandomPacket[];
}

const plans = families.map(addressPlan);
const ports = (["TCP", "UDP"] as const).map((protocol) => ({
  name: protocol.toLowerCase(),
  port: podPort,
  protocol,
}));

/** Services of three names, with one number for TCP, UDP or both, on the node that the world has. */
const anyTable: fc.Arbitrary<ForwardingTable> = fc
  .record({
    services: fc.uniqueArray(anyService, { minLength: 2, maxLength: 3, selector: nameOf }),
    slices: fc.uniqueArray(anySlice, { minLength: 6, maxLength: 12, selector: nameOf }),
    protocols: fc.tuple(...[1, 2, 3].map(() => fc.subarray(ports, { minLength: 1 }))),
    nodePortAddresses: fc.subarray(plans.flatMap(({ nodeAddresses }) => nodeAddresses)),
  })
  .map(({ protocols, nodePortAddresses, ...objects }) => {
    const services = objects.services.map((service, index) => {
      const [like] = service.spec.ports ?? [];
      const chosen = protocols[index] ?? ports;
      const own = like ? chosen.map(({ name, protocol }) => ({ ...like, name, protocol })) : [];
      return { ...service, spec: { ...service.spec, ports: own } };
    });
    const endpointSlices = objects.slices.map((slice) => ({ ...slice, ports }));
    const addresses = plans.flatMap((plan) => plan.nodeAddresses);
    const node = nodeView("node-a", { addresses, nodePortAddresses });
    return buildForwardingTable({ node, services, endpointSlices }).table;
  });

const anyPacket: fc.Arbitrary<RandomPacket> = fc.constantFrom(...plans).chain((plan) =>
  fc.record({
    family: fc.constant(plan.family),
    from: fc.constantFrom(...sendersOf(plan)),
    to: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...plan.clusterAddresses, ...plan.outsideAddresses) },
      { weight: 4, arbitrary: fc.constantFrom(...plan.nodeAddresses) },
      { weight: 1, arbitrary: fc.constantFrom(...plan.pods, plan.farPods[0]) },
    ),
    protocol: fc.constantFrom("TCP", "UDP"),
    port: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(80, 81) },
      { weight: 5, arbitrary: fc.constantFrom(30_080, 30_081, 30_082) },
      { weight: 1, arbitrary: fc.constant(podPort) },
    ),
  }),
);

/** Packets are uniform enough that few of them meet a frontend: most are drawn from the table's own. */
export function anyTraffic(
  packetsPerTable: number,
  upsets: readonly string[] = [],
): fc.Arbitrary<RandomTraffic> {
  return anyTable.chain((table) =>
    fc.record({
      upset: fc.constantFrom(undefined, ...upsets),
      table: fc.constant(table),
      packets: fc.array(
        fc.oneof({ weight: 3, arbitrary: packetTo(table) }, { weight: 1, arbitrary: anyPacket }),
        {
          minLength: packetsPerTable,
          maxLength: packetsPerTable,
          size: "max",
        },
      ),
    }),
  );
}

function packetTo(table: ForwardingTable): fc.Arbitrary<RandomPacket> {
  const targets = [...table.frontends.values()].flatMap(({ family, address, protocol, port }) => {
    const plan = plans.find((candidate) => candidate.family === family);
    if (!plan || protocol === "SCTP") return [];
    const addresses = address === undefined ? plan.nodeAddresses : [address];
    return addresses.map((to) => ({ plan, to, protocol, port }));
  });
  if (targets.length === 0) return anyPacket;
  return fc
    .constantFrom(...targets)
    .chain(({ plan, to, protocol, port }) =>
      fc.constantFrom(...sendersOf(plan)).map((from) => ({ family: plan.family, from, to, protocol, port })),
    );
}

function nameOf({ metadata }: { readonly metadata: { readonly name: string } }): string {
  return metadata.name;
}

/** Outsiders, the node, its pods, other nodes and their pods. */
function sendersOf(plan: (typeof plans)[number]): readonly string[] {
  const { clients, nodeAddresses, pods, farPods, farNodes } = plan;
  const [farNode] = farNodes;
  return [
    ...clients,
    nodeAddresses[0],
    ...pods,
    farPods[0],
    farPods[2],
    ...(farNode ? [farNode.address] : []),
  ];
}
