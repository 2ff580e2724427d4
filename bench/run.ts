/** Runs the benches, prints their tables and writes docs/benchmarks.md. See README.md beside it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bench } from "./frame/bench.ts";
import { describeMachine } from "./frame/machine.ts";
import { formatSection, formatTable, replaceSection } from "./frame/markdown.ts";

const here = dirname(fileURLToPath(import.meta.url));
const documentPath = join(here, "../docs/benchmarks.md");

const introduction = `# Benchmarks

Written by \`npm run bench\`; see bench/README.md. Subjects of one table were measured in the same run, in interleaved
rounds; a cell is the median of the rounds. Numbers of different runs or machines do not compare.
`;

async function loadBenches(): Promise<readonly Bench[]> {
  const files = readdirSync(here)
    .filter((name) => name.endsWith(".bench.ts"))
    .toSorted();
  return Promise.all(files.map(async (file) => ((await import(`./${file}`)) as { bench: Bench }).bench));
}

const wanted = process.argv.slice(2);
const benches = (await loadBenches()).filter(
  ({ name }) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)),
);
if (benches.length === 0) {
  console.error(
    `No bench is named ${wanted.join(", ")}. There are: ${(await loadBenches()).map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}
let failed = false;
for (const bench of benches) {
  const missing = bench.missing?.();
  if (missing !== undefined) {
    console.error(`Skipping "${bench.name}": ${missing}`);
    failed = true;
    continue;
  }
  console.error(`== ${bench.title}`);
  const result = await bench.run((line) => console.error(`   ${line}`));
  for (const table of result.tables) console.log(`${formatTable(table)}\n`);
  for (const note of result.notes) console.log(`- ${note}`);
  const document = existsSync(documentPath) ? readFileSync(documentPath, "utf8") : introduction;
  writeFileSync(
    documentPath,
    replaceSection(document, bench.name, formatSection(bench, result, describeMachine())),
  );
}
process.exit(failed ? 1 : 0);
