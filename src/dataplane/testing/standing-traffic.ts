/** StandingTraffic: connections and UDP flows that stay open while tables change. */
import { type ForwardingTable, joinHostPort } from "../../forwarding/index.ts";
import type { Answer, TestClient } from "../conformance-harness.ts";
import { decidePacket } from "./judge-packet.ts";
import { podPort, type RandomPacket } from "./random-traffic.ts";

interface Standing {
  readonly packet: RandomPacket;
  /** Address of the pod that it was led to. */
  backend: string;
  ask(text: string, patienceMs: number): Promise<Answer>;
  close(): Promise<void>;
}

const mostAtOnce = 24;
const patienceMs = 3_000;
/** For flows that may end in silence. */
const shortPatienceMs = 200;

export class StandingTraffic {
  #all: readonly Standing[] = [];
  #asked = 0;

  /** Opens one for each packet that is answered; the oldest ones make room. */
  async open(
    senders: readonly { readonly client: TestClient; readonly packet: RandomPacket }[],
  ): Promise<void> {
    const opened = await Promise.all(senders.map(({ client, packet }) => open(client, packet)));
    const all = [...this.#all, ...opened.filter((one) => one !== undefined)];
    this.#all = all.slice(-mostAtOnce);
    await Promise.all(all.slice(0, -mostAtOnce).map((one) => one.close()));
  }

  /** Returns what goes otherwise than the table asks. */
  async check(table: ForwardingTable): Promise<readonly string[]> {
    const text = `standing-${++this.#asked}`;
    const results = await Promise.all(this.#all.map((one) => check(table, one, text)));
    const ended = this.#all.filter((_, index) => results[index] !== "goes on");
    this.#all = this.#all.filter((_, index) => results[index] === "goes on");
    await Promise.all(ended.map((one) => one.close()));
    return results.flatMap((result) => (typeof result === "string" ? [] : [result.problem]));
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.close()));
    this.#all = [];
  }
}

async function open(client: TestClient, packet: RandomPacket): Promise<Standing | undefined> {
  const place = { address: packet.to, port: packet.port };
  if (packet.protocol === "TCP") {
    const { connection } = await client.connect(place, patienceMs);
    if (!connection) return undefined;
    const { backend, saw } = connection;
    return {
      packet,
      backend,
      ask: async (text) => ({
        outcome: (await within(connection.echo(text))) === text ? "reply" : "refused",
        backend,
        saw,
      }),
      close: () => connection.close(),
    };
  }
  const flow = await client.openFlow(place);
  const { backend } = await flow.ask("opened", patienceMs);
  if (backend !== undefined) return { packet, backend, ask: flow.ask, close: flow.close };
  await flow.close();
  return undefined;
}

/** TCP connections live on wherever they were led; a UDP flow whose Service is gone may end, but not move. */
async function check(
  table: ForwardingTable,
  standing: Standing,
  text: string,
): Promise<"goes on" | "has ended" | { readonly problem: string }> {
  const { packet, backend } = standing;
  const decision = decidePacket(table, packet, { established: joinHostPort(backend, podPort) });
  const isUdp = packet.protocol === "UDP";
  const mayEnd = isUdp && (decision.verdict !== "forward" || decision.frontend.serving?.length === 0);
  const answer = await standing.ask(text, mayEnd ? shortPatienceMs : patienceMs);
  const may =
    decision.verdict === "forward" && isUdp ? decision.backends.map(({ address }) => address) : [backend];
  const isRight = answer.outcome === "reply" ? may.includes(answer.backend ?? "") : mayEnd;
  standing.backend = answer.backend ?? backend;
  if (isRight) return answer.outcome === "reply" ? "goes on" : "has ended";
  const way = `${packet.protocol} ${packet.from} -> ${joinHostPort(packet.to, packet.port)}`;
  const seen = `${answer.outcome} from ${answer.backend}`;
  const problem = `${way}, led to ${backend} before: expected ${may}, seen ${seen}; ${JSON.stringify(decision.reasons)}`;
  return { problem };
}

/** What became of it in time, undefined if it failed or took too long. */
async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, patienceMs, undefined).unref());
  return await Promise.race([promise.catch(() => undefined), late]);
}
