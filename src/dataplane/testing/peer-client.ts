/** A TestClient whose sockets live in another process. */
import type { TestClient, TestConnection, TestFlow } from "../conformance-harness.ts";
import type { PeerMethods } from "./peer.ts";
import type { Caller } from "./rpc.ts";

/** Sends from this address, which must be one of the peer's namespace. */
export function createPeerClient(peer: Caller<PeerMethods>, address: string): TestClient {
  const { call } = peer;
  const connectionOf = (known: { handle: number } & Pick<TestConnection, "backend" | "saw">) => {
    const { handle, backend, saw } = known;
    return {
      backend,
      saw,
      echo: (text: string) => call("echo", { handle, text }),
      finish: (bytes: Buffer) => call("finish", { handle, bytes }),
      close: () => call("closeConnection", handle),
    };
  };
  return {
    address,
    async connect(to, patienceMs, ownPort) {
      const { outcome, connection } = await call("connect", { from: address, to, patienceMs, ownPort });
      return { outcome, ...(connection && { connection: connectionOf(connection) }) };
    },
    async openFlow(to): Promise<TestFlow> {
      const handle = await call("openFlow", { from: address, to });
      return {
        ask: (text, patienceMs) =>
          call("ask", { handle, text, ...(patienceMs !== undefined && { patienceMs }) }),
        close: () => call("closeFlow", handle),
      };
    },
  };
}
