/** What happened: how much in each of the last seconds, and what. */
import type { JSX } from "preact";
import type { TimelineEntry } from "../../model/rows.ts";
import { timeline, version } from "../state/cluster.ts";
import { openPanel } from "../state/open-panel.ts";
import { ownTimeline } from "../state/own-changes.ts";
import { select, selected } from "../state/selection.ts";
import { Pulse } from "./pulse.tsx";

/** Rows that are drawn; the rest is only counted. */
const mostShown = 120;

export function TimelineView(): JSX.Element {
  void version.value;
  const key = selected.value;
  const mine = key === undefined ? timeline : ownTimeline(timeline, key);
  const shown = mine.slice(-mostShown).toReversed();
  return (
    <section class="timeline" aria-label="Changes">
      <header class="head">
        <h2>Changes</h2>
        <p class="dim">{key === undefined ? "of the whole cluster" : "of this Service"}</p>
        <Pulse />
      </header>
      {shown.length === 0 ? (
        <p class="empty">Nothing has changed since you came.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
        <ol class="scroll entries" tabIndex={0} aria-label="Newest first">
          {shown.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Entry({ entry: { at, object, text, tone } }: { readonly entry: TimelineEntry }): JSX.Element {
  const [kind, name = ""] = object.split(" ");
  const open = kind === "Service" ? () => select(name) : () => openPanel({ kind: "node", name });
  return (
    <li class={tone}>
      <time dateTime={new Date(at).toISOString()}>{clockText(at)}</time>
      {object === "" ? (
        <span class="object" />
      ) : (
        <button type="button" class="object" title={object} onClick={open}>
          {name}
        </button>
      )}
      <span class="text" title={text}>
        {text}
      </span>
    </li>
  );
}

function clockText(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}
