/** ChangeStream: one browser that watches. It is told what changed since it was last told, as fast as it reads and at most so often. */
import type { ServerResponse } from "node:http";
import type { ClusterView, TouchedRows } from "../model/cluster-view.ts";
import type { ClusterContext, TimelineEntry } from "../model/rows.ts";

/** A browser that has not taken so much yet is told nothing more until it has. */
const mostWaitingBytes = 1024 * 1024;
/** Entries that a slow browser is told late; of more it gets the newest. */
const mostTimeline = 400;

export class ChangeStream {
  readonly #response: ServerResponse;
  readonly #view: ClusterView;
  readonly #services = new Set<string>();
  readonly #nodes = new Set<string>();
  readonly #timeline = new Map<number, TimelineEntry>();
  #ratesAreNew = false;
  #began = false;

  constructor(response: ServerResponse, view: ClusterView) {
    this.#response = response;
    this.#view = view;
  }

  /** Sends everything that is there. */
  begin(context: ClusterContext, complete: boolean): void {
    const view = this.#view;
    this.#began = true;
    this.#services.clear();
    this.#nodes.clear();
    this.#timeline.clear();
    this.#ratesAreNew = view.rates.length > 0;
    const head = `{"kind":"snapshot","context":${JSON.stringify(context)},"complete":${complete}`;
    const lists = `"services":[${view.serviceTexts().join(",")}],"nodes":[${view.nodeTexts().join(",")}]`;
    this.#response.write(`${head},${lists},"timeline":${JSON.stringify(view.timeline)}}\n`);
  }

  /** Keys only: however long the browser does not read, what waits for it is bounded by the number of rows. */
  note({ services, nodes, timeline }: TouchedRows): void {
    if (!this.#began) return;
    for (const key of services) this.#services.add(key);
    for (const name of nodes) this.#nodes.add(name);
    for (const entry of timeline) this.#timeline.set(entry.id, entry);
    for (const id of this.#timeline.keys()) {
      if (this.#timeline.size <= mostTimeline) break;
      this.#timeline.delete(id);
    }
  }

  noteRates(): void {
    this.#ratesAreNew = true;
  }

  /** Sends what waits, if there is something and the browser has taken what it got before. */
  flush(): void {
    const waits = this.#services.size + this.#nodes.size + this.#timeline.size > 0 || this.#ratesAreNew;
    if (!this.#began || !waits || this.#response.writableLength > mostWaitingBytes) return;
    const services = split(this.#services, (key) => this.#view.serviceText(key));
    const nodes = split(this.#nodes, (name) => this.#view.nodeText(name));
    const rows = `"services":[${services.texts.join(",")}],"nodes":[${nodes.texts.join(",")}]`;
    const gone = `"goneServices":${JSON.stringify(services.gone)},"goneNodes":${JSON.stringify(nodes.gone)}`;
    const timeline = JSON.stringify([...this.#timeline.values()]);
    const rates = this.#ratesAreNew ? `,"rates":${JSON.stringify(this.#view.rates)}` : "";
    this.#response.write(`{"kind":"changes",${rows},${gone},"timeline":${timeline}${rates}}\n`);
    this.#services.clear();
    this.#nodes.clear();
    this.#timeline.clear();
    this.#ratesAreNew = false;
  }

  beat(): void {
    if (this.#response.writableLength === 0) this.#response.write('{"kind":"beat"}\n');
  }
}

function split(keys: ReadonlySet<string>, textOf: (key: string) => string | undefined) {
  const texts: string[] = [];
  const gone: string[] = [];
  for (const key of keys) {
    const text = textOf(key);
    if (text === undefined) gone.push(key);
    else texts.push(text);
  }
  return { texts, gone };
}
