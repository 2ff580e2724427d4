/** The line above everything: which cluster, how it is in sum, and whether what is seen is current. */
import type { JSX } from "preact";
import { format, plural } from "../path/overview-path.ts";
import { context, nodes, services, version } from "../state/cluster.ts";
import { type Connection, connection } from "../state/connection.ts";
import { nodeHealth, serviceHealth } from "../state/health.ts";
import { openPanel } from "../state/open-panel.ts";
import { listFilter, narrowView, select } from "../state/selection.ts";
import { nextTheme, theme } from "../state/theme.ts";

const connectionText: Readonly<Record<Connection, string>> = {
  connecting: "connecting",
  live: "live",
  lost: "connection lost, trying again",
  locked: "locked",
};

export function Header(): JSX.Element {
  return (
    <header class="top">
      <h1>
        <button type="button" class="plain brand" onClick={() => select(undefined)}>
          <svg width="20" height="20" viewBox="0 0 32 32" aria-hidden="true">
            <circle cx="16" cy="16" r="12.5" />
            <path d="M7 18c3-3 6-3 9 0s6 3 9 0" />
          </svg>
          Porthole
        </button>
      </h1>
      <code class="dim server">{context.value?.server.replace(/^https?:\/\//, "")}</code>
      <Sums />
      <p class={`connection ${connection.value}`} role="status">
        <span class={`dot ${connection.value === "live" ? "good" : "warn"}`} />
        {connectionText[connection.value]}
      </p>
      <button type="button" class="plain" onClick={nextTheme} title="Light, dark, or as the system has it">
        {theme.value === "system" ? "Auto" : theme.value === "light" ? "Light" : "Dark"}
        <span class="unseen"> colours; change them</span>
      </button>
      <button
        type="button"
        class="plain"
        onClick={() => openPanel({ kind: "help" })}
        aria-label="Keys and colours"
      >
        ?
      </button>
    </header>
  );
}

function Sums(): JSX.Element {
  void version.value;
  let [trouble, down] = [0, 0];
  for (const service of services.values()) {
    const health = serviceHealth(service);
    if (health === "bad") down += 1;
    if (health === "bad" || health === "warn") trouble += 1;
  }
  const illNodes = [...nodes.values()].filter((node) => nodeHealth(node) !== "good").length;
  return (
    <p class="sums">
      <button type="button" class="plain" onClick={() => openPanel({ kind: "nodes" })}>
        {plural(nodes.size, "node", "nodes")}
        {illNodes > 0 && <span class="bad">{`, ${format(illNodes)} ill`}</span>}
      </button>
      <button
        type="button"
        class="plain"
        onClick={() => {
          listFilter.value = trouble > 0 ? "trouble" : "all";
          narrowView.value = "services";
        }}
      >
        {plural(services.size, "Service", "Services")}
        {trouble > 0 && <span class={down > 0 ? "bad" : "warn"}>{`, ${format(trouble)} in trouble`}</span>}
      </button>
    </p>
  );
}
