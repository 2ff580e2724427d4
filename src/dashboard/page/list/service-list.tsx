/** The list of Services: search, filters, and a row for each. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { ServiceRow } from "../../model/rows.ts";
import { VirtualList } from "../parts/virtual-list.tsx";
import { format } from "../path/overview-path.ts";
import { complete, serviceKeys, services, version } from "../state/cluster.ts";
import { serviceHealth, serviceHealthText } from "../state/health.ts";
import { type ListFilter, listFilter, search, select, selected } from "../state/selection.ts";
import { matchesFilter, matchesSearch, searchWords } from "./filter-services.ts";

const rowHeight = 30;
export const searchId = "search";
export const listId = "services";

const filters: readonly { readonly name: ListFilter; readonly title: string }[] = [
  { name: "all", title: "All" },
  { name: "exposed", title: "Exposed" },
  { name: "trouble", title: "Trouble" },
];

export function ServiceList(): JSX.Element {
  const filter = listFilter.value;
  const words = useMemo(() => searchWords(search.value), [search.value]);
  void version.value;
  const shown = serviceKeys.filter((key) => {
    const service = services.get(key);
    return service !== undefined && matchesFilter(service, filter) && matchesSearch(service, words);
  });
  const chosen = selected.value === undefined ? -1 : shown.indexOf(selected.value);
  return (
    <section class="services" aria-label="Services">
      <div class="tools">
        <input
          id={searchId}
          type="search"
          placeholder="Search name, port, address, pod"
          aria-label="Search Services"
          autocomplete="off"
          spellcheck={false}
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter" && shown[0] !== undefined) select(shown[0]);
            if (event.key !== "ArrowDown") return;
            event.preventDefault();
            document.getElementById(listId)?.focus();
          }}
        />
        <fieldset class="choice">
          <legend class="unseen">Which Services</legend>
          {filters.map(({ name, title }) => (
            <button
              key={name}
              type="button"
              aria-pressed={filter === name}
              onClick={() => {
                listFilter.value = name;
              }}
            >
              {title}
            </button>
          ))}
          <output class="count">{format(shown.length)}</output>
        </fieldset>
      </div>
      {shown.length === 0 ? (
        <p class="empty">{emptyText(filter, words.length > 0)}</p>
      ) : (
        <VirtualList
          id={listId}
          label="Services"
          count={shown.length}
          rowHeight={rowHeight}
          chosen={chosen}
          keyOf={(index) => shown[index] ?? ""}
          row={(index) => <Row service={services.get(shown[index] ?? "")} />}
          onChoose={(index) => select(shown[index])}
        />
      )}
    </section>
  );
}

function emptyText(filter: ListFilter, isSearching: boolean): string {
  if (!complete.value) return "Reading the cluster…";
  if (isSearching) return "No Service matches.";
  if (filter === "trouble") return "Every Service has all its endpoints ready.";
  return filter === "exposed" ? "No Service can be reached from outside." : "The cluster has no Services.";
}

function Row({ service }: { readonly service: ServiceRow | undefined }): JSX.Element | null {
  if (!service) return null;
  const { key, ready, total, type } = service;
  const slash = key.indexOf("/");
  return (
    <>
      <span class={`dot ${serviceHealth(service)}`} title={serviceHealthText(service)} />
      <span class="name" title={key}>
        <span class="dim">{key.slice(0, slash + 1)}</span>
        <span>{key.slice(slash + 1)}</span>
      </span>
      <span class="port">{entryText(service)}</span>
      <span class="of">{type === "ExternalName" ? "" : `${ready}/${total}`}</span>
    </>
  );
}

/** How it is reached from outside, in short. */
function entryText({ ports, balanced, type }: ServiceRow): string {
  if (type === "LoadBalancer") return balanced[0] ?? "pending";
  const [nodePort, ...more] = ports.flatMap((port) => port.nodePort ?? []);
  if (nodePort === undefined) return "";
  return more.length > 0 ? `:${nodePort} +${more.length}` : `:${nodePort}`;
}
