/** What goes through NodePorts, as a table for people. Pure. */
import type { NodePortRates } from "./traffic-rates.ts";

export interface TopView {
  readonly rates: readonly NodePortRates[];
  readonly answered: number;
  readonly nodes: number;
  /** Lines that there is room for. */
  readonly rows: number;
  readonly columns: number;
}

const header = ["SERVICE", "NODEPORT", "CONN/S", "OPEN", "IN/S", "OUT/S", "NODES"];

export function formatTop({ rates, answered, nodes, rows, columns }: TopView): string {
  const shown = rates.slice(0, Math.max(1, rows - 3));
  const table = [header, ...shown.map(cells)];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .slice(0, columns),
  );
  const left = rates.length - shown.length;
  const head = `${answered} of ${nodes} nodes tell what goes through${left > 0 ? `; ${left} more NodePorts` : ""}`;
  return `${[head, ...lines].join("\n")}\n`;
}

function cells(rates: NodePortRates): readonly string[] {
  const { service, nodePort, connections, active, bytesReceived, bytesSent, nodes } = rates;
  return [
    service,
    nodePort,
    connections >= 100 ? connections.toFixed(0) : connections.toFixed(1),
    String(active),
    formatBytes(bytesReceived),
    formatBytes(bytesSent),
    String(nodes),
  ];
}

const units = ["B", "kB", "MB", "GB", "TB"] as const;

/** `1.5 MB`, in steps of a thousand. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}
