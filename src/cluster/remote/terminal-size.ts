/** The size of a client's terminal, as kubectl tells it whenever it changes: `{"Width":80,"Height":24}`. */
import type { Readable } from "node:stream";

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

const maxCells = 65_535;
/** A message that is no size is not gathered for longer than this. */
const maxMessageBytes = 256;

/** Calls with each size that comes; one may come in pieces. */
export function onTerminalSize(from: Readable, listener: (size: TerminalSize) => void): void {
  let text = "";
  from.on("error", () => {});
  from.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString("latin1")).slice(-maxMessageBytes);
    for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}")) {
      const size = parseTerminalSize(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size) listener(size);
    }
  });
}

/** Returns undefined for anything else. Pure. */
export function parseTerminalSize(json: string): TerminalSize | undefined {
  try {
    const { Width: columns, Height: rows } = JSON.parse(json) as { Width?: unknown; Height?: unknown };
    return isCellCount(columns) && isCellCount(rows) ? { columns, rows } : undefined;
  } catch {
    return undefined;
  }
}

function isCellCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= maxCells;
}
