/** ServerController: keeps the kernel's virtual servers as the plan says, and finds back after whatever happens to them. */
import { isDeepStrictEqual } from "node:util";
import type { ForwardingTable } from "../../forwarding/forwarding-table.ts";
import type { IpvsOperation } from "../../netlink/ipvs/index.ts";
import type { Problem } from "../dataplane.ts";
import type { ChangesSince } from "../frontend-changes.ts";
import { listServers, readWeights } from "./read-servers.ts";
import { refusalProblem } from "./refusal-problem.ts";
import type { Scheduler } from "./schedulers.ts";
import { formatPlace, type ServerPlace } from "./server-place.ts";
import { ServerPlan } from "./server-plan.ts";
import type { ServerTable } from "./server-table.ts";
import { after, changesOf, ipvsPlace, realServerKey, type VirtualServer } from "./virtual-server.ts";

/** Virtual servers whose real servers are compared in one look: a request for each of them. */
const LOOK_AT_ONCE = 500;

interface PlacedOperation {
  readonly place: ServerPlace;
  readonly operation: IpvsOperation;
}

export class ServerController {
  readonly plan = new ServerPlan();
  readonly #table: ServerTable;
  readonly #scheduler: Scheduler;
  /** What the kernel has, by place. */
  #known = new Map<string, VirtualServer>();
  /** Where something may be left to take away. */
  #unfinished = new Map<string, ServerPlace>();
  /** Those with real servers that get no new connections. */
  #draining = new Map<string, ServerPlace>();
  /** By place: what the kernel did not take, and its code. */
  readonly #refusals = new Map<string, PlacedOperation & { readonly code: string }>();
  #planned: ForwardingTable | undefined;
  /** How many virtual servers' real servers were looked at in this round. */
  #looked = 0;
  #inStep = false;

  constructor(table: ServerTable, scheduler: Scheduler) {
    this.#table = table;
    this.#scheduler = scheduler;
  }

  /** Makes what `next` needs beyond what is there. Rejects if the kernel does not answer; what it refuses are problems. */
  async make(next: ForwardingTable, changesSince: ChangesSince): Promise<void> {
    const touched = this.plan.change(changesSince(this.#planned), next.nodePortAddresses);
    this.#planned = next;
    for (const [key, place] of touched) this.#unfinished.set(key, place);
    // The second time if somebody else was at it, too, or the kernel will not.
    for (let attempt = 1; attempt <= 2; attempt++) {
      if (!this.#inStep) await this.#read();
      await this.#commit("makes");
      if (this.#inStep) return;
    }
  }

  /** Takes away what nothing leads to any more; a real server with connections stays until they are gone. */
  async finish(): Promise<void> {
    await this.#commit("breaks");
    for (const [key, place] of this.#unfinished) {
      const weights = this.#known.get(key)?.weights;
      if (weights && [...weights.values()].includes(0)) this.#draining.set(key, place);
      else this.#draining.delete(key);
    }
    this.#unfinished = new Map();
    await this.drain();
  }

  /** Removes real servers that got no new connections and whose last one has gone. */
  async drain(): Promise<void> {
    for (const [key, place] of [...this.#draining]) {
      const known = this.#known.get(key);
      const weights = this.plan.wanted(place).weights;
      const states = known ? await this.#table.listRealServers(ipvsPlace(place)).catch(() => []) : [];
      const left = states.filter((real) => real.weight === 0 && !weights?.has(realServerKey(real)));
      const gone = left.filter((real) => real.activeConnections + real.inactiveConnections === 0);
      const operations: IpvsOperation[] = gone.map((real) => ({
        kind: "delete-real-server",
        place: ipvsPlace(place),
        real,
      }));
      const isEmpty = !weights && gone.length === states.length;
      if (known && isEmpty) operations.push({ kind: "delete-server", place: ipvsPlace(place) });
      if (left.length === gone.length) this.#draining.delete(key);
      await this.#change(operations.map((operation) => ({ place, operation })));
    }
  }

  /** Looks whether the kernel has what it had, and mends what differs; does nothing before the first table. */
  async heal(): Promise<void> {
    if (!this.#planned || (this.#inStep && (await this.#isAsKnown()))) return;
    this.#inStep = false;
    await this.make(this.#planned, () => []);
    await this.finish();
  }

  /** By frontend's key. */
  problems(): ReadonlyMap<string, Problem> {
    const problems = new Map<string, Problem>();
    for (const { place, operation, code } of this.#refusals.values()) {
      const frontend = this.plan.frontendAt(place);
      if (frontend) problems.set(frontend.key, refusalProblem(frontend, place, operation, code));
    }
    return problems;
  }

  /** PERF: all virtual servers, but the real servers of some of them only, which are others each time. */
  async #isAsKnown(): Promise<boolean> {
    const servers = await this.#list();
    if (servers.size !== this.#known.size) return false;
    for (const [key, { choice }] of this.#known) if (servers.get(key)?.choice !== choice) return false;
    const some = [...this.#known.values()].slice(this.#looked, this.#looked + LOOK_AT_ONCE);
    this.#looked = some.length < LOOK_AT_ONCE ? 0 : this.#looked + LOOK_AT_ONCE;
    for (const { place, weights } of some)
      if (!isDeepStrictEqual(await readWeights(this.#table, place), weights)) return false;
    return true;
  }

  #list() {
    return listServers(this.#table, (place) => this.plan.wanted(place).weights !== undefined);
  }

  async #read(): Promise<void> {
    this.#known = new Map();
    for (const [key, server] of await this.#list())
      this.#known.set(key, { ...server, weights: await readWeights(this.#table, server.place) });
    this.#refusals.clear();
    for (const [key, { place }] of this.#known) this.#unfinished.set(key, place);
    for (const place of this.plan.places()) this.#unfinished.set(formatPlace(place), place);
    this.#inStep = true;
  }

  async #commit(part: "makes" | "breaks"): Promise<void> {
    const operations: PlacedOperation[] = [];
    for (const [key, place] of this.#unfinished) {
      const known = this.#known.get(key);
      const changes = changesOf(place, known, this.plan.wanted(place), this.#scheduler);
      for (const operation of changes[part]) operations.push({ place, operation });
    }
    await this.#change(operations);
  }

  /** The kernel takes them one by one, whatever became of the one before. */
  async #change(operations: readonly PlacedOperation[]): Promise<void> {
    if (operations.length === 0) return;
    const refused = new Map<IpvsOperation, string>();
    const take = (operation: IpvsOperation, code: string) => {
      refused.set(operation, code);
      return true;
    };
    const wasInStep = this.#inStep;
    this.#inStep = false;
    await this.#table.change(
      operations.map(({ operation }) => operation),
      take,
    );
    this.#inStep = wasInStep && refused.size === 0;
    for (const { place, operation } of operations) this.#took(place, operation, refused.get(operation));
  }

  #took(place: ServerPlace, operation: IpvsOperation, code: string | undefined): void {
    const key = formatPlace(place);
    if (code !== undefined) {
      // The first one says why the others were refused.
      if (!this.#refusals.has(key)) this.#refusals.set(key, { place, operation, code });
      return;
    }
    const now = after(place, this.#known.get(key), operation);
    if (now) this.#known.set(key, now);
    else this.#known.delete(key);
  }
}
