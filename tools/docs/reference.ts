/** Pages that are made from the code: commands, the doctor's checks, metrics. */
import type { Command } from "commander";
import { buildProgram } from "../../src/cli/command-line.ts";
import { measureTransport } from "../../src/client/measured-transport.ts";
import { createIptablesMetrics } from "../../src/dataplane/iptables/iptables-metrics.ts";
import { createSyncMetrics } from "../../src/dataplane/sync-metrics.ts";
import { allChecks } from "../../src/inspect/index.ts";
import { formatBalancerMetrics } from "../../src/loadbalancer/status/balancer-metrics.ts";
import { formatFrontendMetrics } from "../../src/proxy/metrics/frontend-metrics.ts";
import { createProxyMetrics } from "../../src/proxy/metrics/proxy-metrics.ts";

const note = "Made from the code by `npm run docs`.";

/** Text by path. */
export async function referencePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["docs/reference/commands.md", commandsPage()],
    ["docs/reference/checks.md", checksPage()],
    ["docs/reference/metrics.md", metricsPage()],
  ]);
}

function commandsPage(): string {
  const commands = buildProgram().commands.flatMap((command) => [command, ...command.commands]);
  return `# Commands\n\n${note} \`porthole COMMAND --help\` says the same.\n\n${commands.map(commandSection).join("\n")}`;
}

function commandSection(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one; one = one.parent) names.unshift(one.name());
  const help = command.createHelp();
  const argumentTerms = command.registeredArguments.map((argument) => help.argumentTerm(argument));
  const usage = [...names, ...argumentTerms.map((term) => `<${term}>`)].join(" ");
  const rows = [
    ...command.registeredArguments.map((argument) => [
      help.argumentTerm(argument),
      help.argumentDescription(argument),
    ]),
    ...help.visibleOptions(command).map((option) => [option.flags, help.optionDescription(option)]),
  ];
  const table = rows.map(([term, text]) => `| \`${cell(term)}\` | ${cell(text)} |`).join("\n");
  return `## ${names.join(" ")}\n\n\`\`\`text\n${usage} [options]\n\`\`\`\n\n${command.description()}\n\n| | |\n|---|---|\n${table}\n`;
}

function checksPage(): string {
  const sections = allChecks.map(
    ({ id, severity, title, explanation, causes = [] }) =>
      `## ${id}\n\n${title} (${severity}).\n\n${explanation}\n${causes.length > 0 ? `\nExplains findings of ${causes.map((other) => `[${other}](#${other})`).join(", ")} on the same object.\n` : ""}`,
  );
  return `# The doctor's checks\n\n${note} \`porthole doctor --explain ID\` prints one of them.\n\n${sections.join("\n")}`;
}

function metricsPage(): string {
  const nothing = { frontends: new Map() };
  const proxy = createProxyMetrics({ lastQueuedAt: () => 0, table: () => nothing });
  proxy.lastSync.set(0);
  const requests = measureTransport(noTransport, "").metrics;
  const iptables = createIptablesMetrics({
    heldRules: () => 0,
    writtenRules: () => 0,
    droppedInvalid: () => 0,
  });
  const sections = [
    [
      "Of a proxy",
      "Served at `http://127.0.0.1:10249/metrics`, under kube-proxy's names where it has them.",
      proxy.text() + requests.text() + formatFrontendMetrics(nothing, new Map()),
    ],
    ["Of a proxy where the kernel forwards", "Beside those above.", createSyncMetrics().text()],
    ["Of a proxy in mode iptables", "Beside those above.", iptables.text()],
    [
      "Of a load balancer",
      "Served at `http://127.0.0.1:10261/metrics`.",
      formatBalancerMetrics({ name: "", targets: 0, frontends: [] }),
    ],
  ].map(([title, where, text = ""]) => `## ${title}\n\n${where}\n\n${metricsTable(text)}`);
  return `# Metrics\n\n${note}\n\n${sections.join("\n")}`;
}

/** Nobody asks for anything here. */
const noTransport = {
  send: () => Promise.reject(new Error("not connected")),
  open: () => Promise.reject(new Error("not connected")),
  close: () => {},
};

/** Of an exposition's HELP and TYPE lines. */
function metricsTable(exposition: string): string {
  const types = new Map(
    [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]),
  );
  const rows = [...exposition.matchAll(/^# HELP (\S+) (.*)$/gm)].map(
    ([, name = "", help = ""]) => `| \`${name}\` | ${types.get(name)} | ${cell(help)} |`,
  );
  return `| name | type | what |\n|---|---|---|\n${rows.join("\n")}\n`;
}

function cell(text = ""): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ").replaceAll("<", "&lt;");
}
