/** Tables and sections of docs/benchmarks.md. Pure. */
import type { Bench, BenchResult, BenchTable } from "./bench.ts";

/** Prints a table with its columns aligned, so that it reads well in a terminal too. */
export function formatTable({ title, columns, rows }: BenchTable): string {
  const all = [columns, ...rows];
  const widths = columns.map((_, index) => Math.max(3, ...all.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, index) => (index === 0 ? (cells[index] ?? "").padEnd(width) : (cells[index] ?? "").padStart(width))).join(" | ")} |`;
  const rule = `|${widths.map((width, index) => (index === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [`**${title}**`, "", line(columns), rule, ...rows.map(line)].join("\n");
}

/** Prints what stands between a bench's markers. */
export function formatSection(
  bench: Pick<Bench, "name" | "title">,
  result: BenchResult,
  machine: string,
): string {
  return [
    `## ${bench.title}`,
    `\`npm run bench -- ${bench.name}\` on ${machine}`,
    ...result.tables.map(formatTable),
    result.notes.map((note) => `- ${note}`).join("\n"),
  ].join("\n\n");
}

/** Puts a section between its markers, or behind everything else if it is new. */
export function replaceSection(document: string, name: string, section: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const block = `${begin}\n${section}\n${end}`;
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n${block}\n`;
  return document.slice(0, from) + block + document.slice(to + end.length);
}
