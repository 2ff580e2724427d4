/** How so many equal cells fill a rectangle. Pure; CSS pixels. */
export interface FieldGrid {
  readonly columns: number;
  /** From one cell to the next. */
  readonly pitch: number;
  /** Of a cell. */
  readonly size: number;
}

const largestPitch = 18;

export function fieldGrid(count: number, width: number, height: number): FieldGrid {
  for (let pitch = largestPitch; pitch > 1; pitch--) {
    const columns = Math.max(1, Math.floor(width / pitch));
    if (Math.ceil(count / columns) * pitch <= height) return { columns, pitch, size: sizeOf(pitch) };
  }
  return { columns: Math.max(1, Math.floor(width)), pitch: 1, size: 1 };
}

function sizeOf(pitch: number): number {
  return pitch > 6 ? pitch - 2 : pitch > 2 ? pitch - 1 : pitch;
}

/** Index of the cell at a point; -1 beside all columns. */
export function cellAt({ columns, pitch }: FieldGrid, x: number, y: number): number {
  const column = Math.floor(x / pitch);
  return column < 0 || column >= columns || y < 0 ? -1 : Math.floor(y / pitch) * columns + column;
}
