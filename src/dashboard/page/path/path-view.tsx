/** Draws a path: boxes as buttons, lines in an SVG beneath them. */
import type { JSX } from "preact";
import { openPanel } from "../state/open-panel.ts";
import { panel, select } from "../state/selection.ts";
import { tracedAddresses } from "../state/traced.ts";
import {
  cellColumns,
  cellPitch,
  labelPlace,
  layoutPath,
  linePath,
  mostCells,
  type Place,
} from "./layout-path.ts";
import type { Opens, PathBox, PathCells, PathItem, PathLine, PathModel } from "./path-model.ts";
import { formatRate, strokeOf } from "./rate-text.ts";
import { ServiceField } from "./service-field.tsx";

interface PathViewProps {
  readonly model: PathModel;
  readonly width: number;
  /** Height that there is. */
  readonly room: number;
}

export function PathView({ model, width, room }: PathViewProps): JSX.Element | null {
  if (width === 0) return null;
  const { places, stages, height, isNarrow } = layoutPath(model, width, room);
  return (
    <div
      class="path"
      style={{ height: `${height}px`, marginTop: `${Math.max(0, (room - height) * 0.38)}px` }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be part of a drawing. */}
      <svg class="lines" width={width} height={height} role="group" aria-label="Ways">
        {model.lines.map((line) => (
          <Line
            key={line.id}
            line={line}
            from={places.get(line.from)}
            to={places.get(line.to)}
            isNarrow={isNarrow}
          />
        ))}
      </svg>
      {stages.map(({ stage, x, y, width: stageWidth }) => (
        <h3 key={stage.id} class="stage" style={{ left: `${x}px`, top: `${y}px`, width: `${stageWidth}px` }}>
          {stage.title}
        </h3>
      ))}
      {stages.flatMap(({ stage }) =>
        stage.items.map((item) => {
          const place = places.get(item.id);
          return place && <Item key={item.id} item={item} place={place} />;
        }),
      )}
    </div>
  );
}

interface LineProps {
  readonly line: PathLine;
  readonly from: Place | undefined;
  readonly to: Place | undefined;
  readonly isNarrow: boolean;
}

function Line({ line, from, to, isNarrow }: LineProps): JSX.Element | null {
  if (!from || !to) return null;
  const data = linePath(from, to, isNarrow);
  const { opens, perSecond, says } = line;
  const label = perSecond ? formatRate(perSecond) : undefined;
  const drawn = (
    <path class={`line ${line.health}`} d={data} style={{ strokeWidth: `${strokeOf(perSecond)}px` }} />
  );
  const text = label && (
    <text class="rate" {...labelPlace(from, to, isNarrow)}>
      {label}
    </text>
  );
  if (!opens)
    return (
      <g>
        {drawn}
        {text}
      </g>
    );
  const open = () => openPanel(opens);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a line of a drawing cannot be a button element.
    <g
      class={isOpen(opens) || isTraced(line.to) ? "way open" : "way"}
      role="button"
      tabindex={0}
      aria-label={`Trace ${says}${label ? `, ${label}` : ""}`}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        open();
      }}
    >
      <path class="reach" d={data} />
      {drawn}
      {text}
    </g>
  );
}

/** `to`: id of a box. */
function isTraced(to: string): boolean {
  return to.startsWith("endpoint ") && tracedAddresses.value.has(to.slice("endpoint ".length));
}

function isOpen(opens: NonNullable<PathLine["opens"]>): boolean {
  return JSON.stringify(panel.value) === JSON.stringify(opens);
}

function Item({ item, place }: { readonly item: PathItem; readonly place: Place }): JSX.Element {
  const style = {
    transform: `translate(${Math.round(place.x)}px, ${Math.round(place.y)}px)`,
    width: `${Math.round(place.width)}px`,
    height: `${Math.round(place.height)}px`,
  };
  switch (item.kind) {
    case "cells":
      return <Cells item={item} width={place.width} style={style} />;
    case "field":
      return (
        <div class="box field" style={style}>
          <ServiceField width={Math.round(place.width)} height={Math.round(place.height)} />
        </div>
      );
    default:
      return <Box item={item} style={style} />;
  }
}

function follow(opens: Opens): void {
  if (opens.kind === "service") select(opens.key);
  else openPanel(opens);
}

type Style = Readonly<Record<string, string>>;

function Box({ item, style }: { readonly item: PathBox; readonly style: Style }): JSX.Element {
  const { opens, kind, health, healthText, title, detail, leaving } = item;
  const className = `box ${kind} ${health}${leaving ? " leaving" : ""}`;
  const inside = (
    <>
      <span class={`dot ${health}`} />
      {/* Pods of one Deployment differ in the end of their names, and an address without its port is none. */}
      <Split class="name" text={title} at={kind === "endpoint" ? "-" : ":"} />
      <Split class="detail" text={detail} at={kind === "endpoint" ? " ·" : ":"} />
      <span class="unseen">{healthText}</span>
    </>
  );
  const hint = `${title}: ${healthText}`;
  if (!opens)
    return (
      <div class={className} style={style} title={hint}>
        {inside}
      </div>
    );
  return (
    <button type="button" class={className} style={style} title={hint} onClick={() => follow(opens)}>
      {inside}
    </button>
  );
}

interface SplitProps {
  readonly class: string;
  readonly text: string;
  /** Before its last occurrence the text may be cut where there is no room; what follows is always seen. */
  readonly at: string;
}

function Split({ class: className, text, at }: SplitProps): JSX.Element {
  const index = text.lastIndexOf(at);
  if (index < 0) return <span class={className}>{text}</span>;
  return (
    <span class={`${className} split`}>
      <span>{text.slice(0, index)}</span>
      <span>{text.slice(index)}</span>
    </span>
  );
}

function Cells({
  item: { title, cells, healthText, opens },
  width,
  style,
}: {
  readonly item: PathCells;
  readonly width: number;
  readonly style: Style;
}): JSX.Element {
  const columns = cellColumns(width);
  const shown = cells.slice(0, mostCells);
  const rows = Math.ceil(shown.length / columns);
  return (
    <button type="button" class="box cells" style={style} onClick={() => opens && openPanel(opens)}>
      <span class="name">{title}</span>
      <span class="unseen">{healthText}</span>
      <svg width={columns * cellPitch} height={rows * cellPitch} aria-hidden="true">
        {shown.map(({ id, health, title: hint }, index) => (
          <rect
            key={id}
            class={`cell ${health}`}
            x={(index % columns) * cellPitch}
            y={Math.floor(index / columns) * cellPitch}
            width={cellPitch - 2}
            height={cellPitch - 2}
            rx={1.5}
          >
            <title>{hint}</title>
          </rect>
        ))}
      </svg>
    </button>
  );
}
