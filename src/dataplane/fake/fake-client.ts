/** A client whose packets a fake dataplane leads to real backends. */
import { createSocketClient } from "../conformance-client.ts";
import type { Outcome, Place, TestClient, TestFlow } from "../conformance-harness.ts";
import type { FakeDataplane, Route } from "./fake-dataplane.ts";

export function createFakeClient(address: string, dataplane: FakeDataplane): TestClient {
  const direct = createSocketClient(address);
  return {
    address,
    async connect({ address: to, port }, patienceMs) {
      const { verdict, backend } = dataplane.route({ from: address, to, protocol: "TCP", port });
      return backend ? await direct.connect(backend, patienceMs) : { outcome: outcomeOf(verdict) };
    },
    async openFlow(place) {
      return openFlow(direct, dataplane, place);
    },
  };
}

function openFlow(direct: TestClient, dataplane: FakeDataplane, { address, port }: Place): TestFlow {
  let established: string | undefined;
  let flow: TestFlow | undefined;
  return {
    async ask(text, patienceMs) {
      const { verdict, backend } = dataplane.route({
        from: direct.address,
        to: address,
        protocol: "UDP",
        port,
        ...(established !== undefined && { established }),
      });
      if (!backend) return { outcome: outcomeOf(verdict) };
      if (backend.key !== established) {
        await flow?.close();
        flow = await direct.openFlow(backend);
        established = backend.key;
      }
      return (await flow?.ask(text, patienceMs)) ?? { outcome: "silent" };
    },
    async close() {
      await flow?.close();
    },
  };
}

function outcomeOf(verdict: Route["verdict"]): Outcome {
  return verdict === "drop" ? "silent" : "refused";
}
