/** The whole page. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ServiceList, searchId } from "./list/service-list.tsx";
import { PanelView } from "./panel/panel-view.tsx";
import { Header } from "./parts/header.tsx";
import { StageView } from "./path/stage-view.tsx";
import { connection } from "./state/connection.ts";
import { closePanel, openPanel } from "./state/open-panel.ts";
import { type NarrowView, narrowView, panel, search, select, selected } from "./state/selection.ts";
import { TimelineView } from "./timeline/timeline-view.tsx";

export function Page(): JSX.Element {
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  if (connection.value === "locked") return <Locked />;
  return (
    <div class={`page show-${narrowView.value}${panel.value ? " with-panel" : ""}`}>
      <Header />
      <ServiceList />
      <StageView />
      <TimelineView />
      <PanelView />
      <NarrowTabs />
    </div>
  );
}

function Locked(): JSX.Element {
  return (
    <main class="locked">
      <h1>Porthole</h1>
      <p>This page needs the token at the end of its address.</p>
      <p class="dim">
        Open the address that <code>porthole up</code> or <code>porthole dashboard</code> printed, whole. Each
        start has a token of its own.
      </p>
    </main>
  );
}

const tabs: readonly { readonly view: NarrowView; readonly title: string }[] = [
  { view: "services", title: "Services" },
  { view: "path", title: "Path" },
  { view: "changes", title: "Changes" },
];

/** Where there is room for one thing only. */
function NarrowTabs(): JSX.Element {
  return (
    <nav class="tabs" aria-label="Views">
      {tabs.map(({ view, title }) => (
        <button
          key={view}
          type="button"
          aria-current={narrowView.value === view ? "page" : undefined}
          onClick={() => {
            narrowView.value = view;
          }}
        >
          {title}
        </button>
      ))}
    </nav>
  );
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof HTMLElement ? event.target : undefined;
  const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
  if (event.key === "Escape") {
    if (isTyping) {
      // A browser empties a search field by itself, and does not tell it to who no longer has the focus.
      event.preventDefault();
      if (target.id === searchId) search.value = "";
      target.blur();
    } else if (panel.value) closePanel();
    else if (selected.value !== undefined) select(undefined);
    return;
  }
  if (isTyping) return;
  const act = shortcuts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

const shortcuts: Readonly<Record<string, () => void>> = {
  "/": () => {
    narrowView.value = "services";
    const focus = () => document.getElementById(searchId)?.focus();
    focus();
    // Where the list was not shown, it is once the page is drawn.
    setTimeout(focus);
  },
  "?": () => openPanel({ kind: "help" }),
  n: () => openPanel({ kind: "nodes" }),
  d: () => {
    if (selected.value !== undefined) openPanel({ kind: "doctor", service: selected.value });
  },
};
