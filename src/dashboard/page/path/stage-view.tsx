/** The middle of the page: the way to the chosen Service, or to all of them. */
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { rateKey } from "../../model/rate-key.ts";
import type { ServiceRow } from "../../model/rows.ts";
import { isExposed } from "../list/filter-services.ts";
import { useSize } from "../parts/use-size.ts";
import {
  complete,
  departedOf,
  listNodes,
  nodes,
  rateSums,
  rates,
  serviceKeys,
  services,
  version,
} from "../state/cluster.ts";
import { serviceHealth, serviceHealthText, serviceOnNode } from "../state/health.ts";
import { openPanel } from "../state/open-panel.ts";
import { portIndex, select, selected } from "../state/selection.ts";
import { narrowBelow } from "./layout-path.ts";
import { type ClusterTotals, overviewPath } from "./overview-path.ts";
import type { PathModel } from "./path-model.ts";
import { PathView } from "./path-view.tsx";
import { servicePath } from "./service-path.ts";

const narrowBoxes = 6;
const wideBoxes = 10;

export function StageView(): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  void version.value;
  const key = selected.value;
  const service = key === undefined ? undefined : services.get(key);
  const isNarrow = width < narrowBelow;
  const mostBoxes = isNarrow ? narrowBoxes : Math.max(4, Math.min(wideBoxes, Math.floor(height / 52) - 2));
  return (
    <main class="stage-area" aria-label="Path">
      <StageHead service={service} chosen={key} />
      <div class="scroll canvas" ref={box}>
        <PathView model={modelOf(service, mostBoxes)} width={width} room={height} />
      </div>
    </main>
  );
}

function modelOf(service: ServiceRow | undefined, mostBoxes: number): PathModel {
  const allNodes = listNodes();
  if (!service)
    return overviewPath({
      nodes: allNodes,
      services: fewServices(mostBoxes),
      totals: totals(),
      mostBoxes,
      rateOf: (place) => rateSums.get(place),
    });
  return servicePath({
    service,
    nodes: allNodes,
    portIndex: portIndex.value,
    departed: departedOf(service.key),
    mostBoxes,
    rateOf: (place, port) => rates.get(rateKey(place, service.key, port.name)),
  });
}

/** Of more than so many nobody wants to know each. */
function fewServices(most: number): readonly ServiceRow[] {
  return serviceKeys.length > most ? [] : [...services.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function totals(): ClusterTotals {
  let [exposed, balanced, ready, endpoints] = [0, 0, 0, 0];
  for (const service of services.values()) {
    if (isExposed(service)) exposed += 1;
    balanced += service.balanced.length;
    ready += service.ready;
    endpoints += service.total;
  }
  return { services: serviceKeys.length, exposed, balanced, ready, endpoints };
}

interface StageHeadProps {
  readonly service: ServiceRow | undefined;
  readonly chosen: string | undefined;
}

function StageHead({ service, chosen }: StageHeadProps): JSX.Element {
  if (chosen === undefined)
    return (
      <header class="head">
        <h2>The whole cluster</h2>
        <p class="dim">Choose a Service to see its way.</p>
      </header>
    );
  if (!service)
    return (
      <header class="head">
        <BackButton />
        <h2>{chosen}</h2>
        <p class="dim">{complete.value ? "There is no such Service." : "Reading the cluster…"}</p>
      </header>
    );
  const slash = chosen.indexOf("/");
  return (
    <header class="head">
      <BackButton />
      <h2>
        <span class="dim">{chosen.slice(0, slash + 1)}</span>
        {chosen.slice(slash + 1)}
      </h2>
      <p>
        <span class={`dot ${serviceHealth(service)}`} />
        {`${service.type}, ${serviceHealthText(service)}`}
        <LiveText service={service} />
      </p>
      <Ports service={service} />
      <button type="button" onClick={() => openPanel({ kind: "doctor", service: chosen })}>
        Ask the doctor
      </button>
    </header>
  );
}

function BackButton(): JSX.Element {
  return (
    <button
      type="button"
      class="plain"
      aria-label="Back to the whole cluster"
      onClick={() => select(undefined)}
    >
      ←
    </button>
  );
}

/** As `porthole status` says it; nothing where no proxy reports. */
function LiveText({ service }: { readonly service: ServiceRow }): JSX.Element | null {
  const reporting = [...nodes.values()].filter(({ ready, proxy }) => ready && proxy);
  if (reporting.length === 0) return null;
  const states = reporting.map((node) => serviceOnNode(service, node).state);
  const live = states.filter((state) => state === "live").length;
  const behind = states.filter((state) => state === "behind").length;
  // Proxies tell changes that go on every ten seconds: until then a node that is well has not said so.
  const text =
    behind > 0
      ? `newest state reported by ${live} of ${states.length} nodes yet`
      : `live on ${live} of ${states.length} nodes`;
  return <span class="dim">{` · ${text}`}</span>;
}

function Ports({ service: { ports } }: { readonly service: ServiceRow }): JSX.Element | null {
  if (ports.length < 2) return null;
  return (
    <label class="ports">
      Port
      <select
        value={portIndex.value}
        onChange={(event) => {
          portIndex.value = Number(event.currentTarget.value);
        }}
      >
        {ports.map(({ name, port, nodePort, protocol }, index) => (
          <option key={`${protocol} ${port}`} value={index}>
            {`${name === "" ? port : `${name} ${port}`}/${protocol}${nodePort === undefined ? "" : ` on ${nodePort}`}`}
          </option>
        ))}
      </select>
    </label>
  );
}
