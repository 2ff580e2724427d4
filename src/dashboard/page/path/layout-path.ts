/** Where the boxes of a path are drawn: stages from left to right, or from top to bottom where it is narrow. Pure; all sizes in CSS pixels. */
import { fieldGrid } from "./field-grid.ts";
import type { PathItem, PathModel, PathStage } from "./path-model.ts";

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedStage {
  readonly stage: PathStage;
  /** Of its title. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export interface PathLayout {
  readonly isNarrow: boolean;
  readonly width: number;
  readonly height: number;
  readonly stages: readonly PlacedStage[];
  /** By item id. */
  readonly places: ReadonlyMap<string, Place>;
}

/** Narrower than this, stages lie below each other. */
export const narrowBelow = 520;
const boxHeight = 44;
const leastWidth = 96;
const gap = 8;
const titleHeight = 24;
/** Between stages that lie below each other. */
const rowGap = 40;
export const cellPitch = 11;
const cellsHead = 26;
export const cellsFoot = 10;
export const fieldHead = 26;
/** Left and right of the cells. */
export const fieldMargin = 18;
/** So many cells are drawn; of more there is only the count. */
export const mostCells = 600;

/** Shares of the width that is not between stages. */
const weights: Readonly<Record<PathStage["id"], number>> = {
  outside: 0.7,
  balancer: 1.3,
  nodes: 1.3,
  service: 1.25,
  endpoints: 1.6,
};

/** `room` is the height that there is: a field of cells takes it up. */
export function layoutPath({ stages }: PathModel, width: number, room: number): PathLayout {
  return width < narrowBelow ? below(stages, width) : beside(stages, width, room);
}

function beside(stages: readonly PathStage[], width: number, room: number): PathLayout {
  const between = Math.max(36, Math.min(110, width * 0.07));
  const shares = stages.map((stage) => weights[stage.id] * (hasField(stage) ? 2.2 : 1));
  // The first stage holds a word or two, which must be seen.
  const first = Math.max(leastWidth, (width * (shares[0] ?? 0)) / (2 * shares.length));
  const boxes = width - between * (stages.length - 1) - first;
  const unit = boxes / shares.slice(1).reduce((sum, share) => sum + share, 0);
  const widths = shares.map((share, index) => (index === 0 ? first : unit * share));
  const fieldRoom = Math.max(200, room - titleHeight);
  const heights = stages.map((stage, index) => stackHeight(stage, widths[index] ?? 0, fieldRoom));
  const tallest = Math.max(...heights, 0);
  const places = new Map<string, Place>();
  let x = 0;
  const placed = stages.map((stage, index) => {
    const stageWidth = widths[index] ?? 0;
    let y = titleHeight + (tallest - (heights[index] ?? 0)) / 2;
    const at = { stage, x, y: y - titleHeight, width: stageWidth };
    for (const item of stage.items) {
      const height = heightOf(item, stageWidth, fieldRoom);
      places.set(item.id, { x, y, width: stageWidth, height });
      y += height + gap;
    }
    x += stageWidth + between;
    return at;
  });
  return { isNarrow: false, width, height: tallest + titleHeight, stages: placed, places };
}

function stackHeight({ items }: PathStage, width: number, fieldRoom: number): number {
  return items.reduce((sum, item) => sum + heightOf(item, width, fieldRoom) + gap, -gap);
}

/** A field is as high as its cells need, and never higher than `fieldRoom`. */
function heightOf(item: PathItem, width: number, fieldRoom: number): number {
  if (item.kind === "field") {
    const { columns, pitch } = fieldGrid(item.count, width - fieldMargin, fieldRoom - fieldHead - cellsFoot);
    return fieldHead + Math.ceil(item.count / columns) * pitch + cellsFoot;
  }
  if (item.kind !== "cells") return boxHeight;
  const columns = cellColumns(width);
  return cellsHead + Math.ceil(Math.min(item.cells.length, mostCells) / columns) * cellPitch + cellsFoot;
}

/** Cells beside each other in a box of that width. */
export function cellColumns(width: number): number {
  return Math.max(1, Math.floor((width - 18) / cellPitch));
}

function hasField({ items }: PathStage): boolean {
  return items.some(({ kind }) => kind === "field");
}

const narrowFieldHeight = 220;

function below(stages: readonly PathStage[], width: number): PathLayout {
  const places = new Map<string, Place>();
  let y = 0;
  const placed = stages.map((stage) => {
    const at = { stage, x: 0, y, width };
    y += titleHeight;
    let column = 0;
    const half = (width - gap) / 2;
    const isPaired = stage.items.filter((item) => item.kind !== "cells").length > 1;
    for (const item of stage.items) {
      const isWide = !isPaired || item.kind === "cells" || item.kind === "field";
      if (isWide && column === 1) {
        y += boxHeight + gap;
        column = 0;
      }
      const itemWidth = isWide ? width : half;
      const height = heightOf(item, itemWidth, narrowFieldHeight);
      places.set(item.id, { x: column * (half + gap), y, width: itemWidth, height });
      if (isWide) y += height + gap;
      else if (column === 1) {
        y += height + gap;
        column = 0;
      } else column = 1;
    }
    if (column === 1) y += boxHeight + gap;
    y += rowGap - gap;
    return at;
  });
  return { isNarrow: true, width, height: Math.max(0, y - rowGap), stages: placed, places };
}

/** SVG path data from one box to another. */
export function linePath(from: Place, to: Place, isNarrow: boolean): string {
  if (isNarrow) {
    const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
    const bend = Math.max(12, (y2 - y1) / 2);
    return `M${round(x1)} ${round(y1)}C${round(x1)} ${round(y1 + bend)} ${round(x2)} ${round(y2 - bend)} ${round(x2)} ${round(y2)}`;
  }
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
  const bend = (x2 - x1) / 2;
  return `M${round(x1)} ${round(y1)}C${round(x1 + bend)} ${round(y1)} ${round(x2 - bend)} ${round(y2)} ${round(x2)} ${round(y2)}`;
}

/** Where a line's label stands: nearer to its end, where lines that begin together have parted. */
export function labelPlace(
  from: Place,
  to: Place,
  isNarrow: boolean,
): { readonly x: number; readonly y: number } {
  const along = 0.66;
  const aside = along * along * (3 - 2 * along);
  const between = (a: number, b: number, share: number) => round(a + (b - a) * share);
  if (isNarrow) {
    const y = between(from.y + from.height, to.y, along);
    return { x: between(from.x + from.width / 2, to.x + to.width / 2, aside), y };
  }
  const y = between(from.y + from.height / 2, to.y + to.height / 2, aside);
  return { x: between(from.x + from.width, to.x, along), y: y + 4 };
}

function round(value: number): number {
  return Math.round(value * 2) / 2;
}
