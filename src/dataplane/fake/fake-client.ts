/** A client whose packets a fake dataplane leads to real backends. */
import { createSocketClient } from "../conformance-client.ts";
import type { Outcome, Place, TestClient, TestFlow } from "../conformance-harness.ts";
import type { FakeDataplane, Route } from "./fake-dataplane.ts";

export interface FakeClientOptions {
  readonly dataplane: FakeDataplane;
  /** Sends from this address; backends are told that it was `address`, or the node's if the source is masqueraded. */
  readonly address: string;
  readonly realAddress: string;
  readonly nodeAddress: string;
  /** Where a backend really is. */
  locate(backend: Place): Place;
}

export function createFakeClient(options: FakeClientOptions): TestClient {
  const { address, dataplane, locate } = options;
  const direct = createSocketClient(options.realAddress);
  return {
    address,
    async connect({ address: to, port }, patienceMs) {
      // All fake clients share one real address, so their ports are left to the system.
      const { verdict, backend, source } = dataplane.route({ from: address, to, protocol: "TCP", port });
      if (!backend) return { outcome: outcomeOf(verdict) };
      const { outcome, connection } = await direct.connect(locate(backend), patienceMs);
      return { outcome, ...(connection && { connection: { ...connection, saw: sawOf(options, source) } }) };
    },
    async openFlow(place) {
      return openFlow(direct, options, place);
    },
  };
}

function openFlow(direct: TestClient, options: FakeClientOptions, { address, port }: Place): TestFlow {
  const { dataplane, locate } = options;
  let established: string | undefined;
  let flow: TestFlow | undefined;
  return {
    async ask(text, patienceMs) {
      const { verdict, backend, source } = dataplane.route({
        from: options.address,
        to: address,
        protocol: "UDP",
        port,
        ...(established !== undefined && { established }),
      });
      if (!backend) return { outcome: outcomeOf(verdict) };
      if (backend.key !== established) {
        await flow?.close();
        flow = await direct.openFlow(locate(backend));
        established = backend.key;
      }
      const answer = (await flow?.ask(text, patienceMs)) ?? { outcome: "silent" };
      return { ...answer, saw: sawOf(options, source) };
    },
    async close() {
      await flow?.close();
    },
  };
}

function sawOf({ address, nodeAddress }: FakeClientOptions, source: Route["source"]): string {
  return source === "kept" ? address : nodeAddress;
}

function outcomeOf(verdict: Route["verdict"]): Outcome {
  return verdict === "drop" ? "silent" : "refused";
}
