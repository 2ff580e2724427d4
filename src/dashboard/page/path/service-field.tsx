/** All Services as cells of one canvas: each has the colour of its health, and lights up for a moment when it changes. */

import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { membership, serviceKeys, services, touchedAt, version } from "../state/cluster.ts";
import { type Health, serviceHealth } from "../state/health.ts";
import { select } from "../state/selection.ts";
import { theme } from "../state/theme.ts";
import { cellAt, type FieldGrid, fieldGrid } from "./field-grid.ts";
import { cellsFoot, fieldHead, fieldMargin } from "./layout-path.ts";
import { format } from "./overview-path.ts";

const glowMs = 900;

interface FieldProps {
  readonly width: number;
  readonly height: number;
}

export function ServiceField({ width, height }: FieldProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const hint = useRef<HTMLSpanElement>(null);
  const innerWidth = width - fieldMargin;
  const innerHeight = height - fieldHead - cellsFoot;
  useEffect(
    () => (canvas.current ? drawField(canvas.current, innerWidth, innerHeight) : undefined),
    [innerWidth, innerHeight],
  );
  const keyAt = (event: MouseEvent): string | undefined => {
    const grid = fieldGrid(serviceKeys.length, innerWidth, innerHeight);
    return serviceKeys[cellAt(grid, event.offsetX, event.offsetY)];
  };
  void membership.value;
  return (
    <>
      <span class="name">{format(serviceKeys.length)} Services</span>
      <span class="detail" ref={hint} />
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${serviceKeys.length} Services; the list of Services leads to each of them`}
        style={{ width: `${innerWidth}px`, height: `${innerHeight}px` }}
        onMouseMove={(event) => {
          if (hint.current) hint.current.textContent = keyAt(event) ?? "";
        }}
        onMouseLeave={() => {
          if (hint.current) hint.current.textContent = "";
        }}
        onClick={(event) => {
          const key = keyAt(event);
          if (key !== undefined) select(key);
        }}
      />
    </>
  );
}

/** Returns what ends it. Everything is drawn when Services come or go; afterwards only cells that changed a moment ago. */
function drawField(canvas: HTMLCanvasElement, width: number, height: number): () => void {
  const scale = Math.min(devicePixelRatio, 2);
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext("2d");
  if (!pen) return () => {};
  pen.scale(scale, scale);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let grid = fieldGrid(0, width, height);
  let colours = readColours(canvas);
  let frame = 0;
  let placeOf = new Map<string, number>();

  const drawAll = () => {
    grid = fieldGrid(serviceKeys.length, width, height);
    colours = readColours(canvas);
    placeOf = new Map(serviceKeys.map((key, index) => [key, index]));
    pen.clearRect(0, 0, width, height);
    for (const [index, key] of serviceKeys.entries()) drawCell(pen, grid, index, colours[healthOf(key)]);
  };
  const drawTouched = () => {
    frame = 0;
    const now = performance.now();
    for (const [key, at] of touchedAt) {
      const index = placeOf.get(key);
      if (index === undefined) continue;
      const glow = isStill ? 0 : 1 - (now - at) / glowMs;
      drawCell(pen, grid, index, colours[healthOf(key)]);
      if (glow > 0) drawGlow(pen, grid, index, colours.glow, glow);
      else touchedAt.delete(key);
    }
    if (touchedAt.size > 0) frame = requestAnimationFrame(drawTouched);
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", drawAll);
  const ends = [
    effect(() => {
      void [membership.value, theme.value];
      drawAll();
    }),
    effect(() => {
      void version.value;
      if (frame === 0) frame = requestAnimationFrame(drawTouched);
    }),
  ];
  return () => {
    cancelAnimationFrame(frame);
    dark.removeEventListener("change", drawAll);
    for (const end of ends) end();
  };
}

type Colours = Readonly<Record<Health | "glow", string>>;

function readColours(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();
  // Custom properties keep light-dark() as it is written: a property of the element resolves it.
  const resolve = (name: string) => {
    element.style.color = read(name);
    return getComputedStyle(element).color;
  };
  return {
    good: resolve("--cell-good"),
    warn: resolve("--warn"),
    bad: resolve("--bad"),
    off: resolve("--off"),
    glow: resolve("--glow"),
  };
}

function healthOf(key: string): Health {
  const service = services.get(key);
  return service ? serviceHealth(service) : "off";
}

function drawCell(
  pen: CanvasRenderingContext2D,
  { columns, pitch, size }: FieldGrid,
  index: number,
  colour: string,
) {
  const x = (index % columns) * pitch;
  const y = Math.floor(index / columns) * pitch;
  pen.clearRect(x, y, pitch, pitch);
  pen.fillStyle = colour;
  pen.fillRect(x, y, size, size);
}

function drawGlow(
  pen: CanvasRenderingContext2D,
  { columns, pitch, size }: FieldGrid,
  index: number,
  colour: string,
  glow: number,
) {
  pen.globalAlpha = glow;
  pen.fillStyle = colour;
  pen.fillRect((index % columns) * pitch, Math.floor(index / columns) * pitch, size, size);
  pen.globalAlpha = 1;
}
