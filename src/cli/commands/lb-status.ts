/** `porthole lb status` */
import type { Command } from "commander";
import { joinHostPort } from "../../forwarding/index.ts";
import { readUrl } from "../../lib/read-url.ts";
import type { BackendReport, FrontendReport, StatusReport } from "../../loadbalancer/index.ts";
import { outputOption } from "../options.ts";

export function addLbStatusCommand(lb: Command, defaultAddress: string): void {
  lb.command("status")
    .summary("what a load balancer does now")
    .description("Show the frontends of a running load balancer, their backends and how they are.")
    .option("--address <address:port>", "where the balancer serves its status", defaultAddress)
    .addOption(outputOption())
    .action(async ({ address, output }: { address: string; output: "text" | "json" }) => {
      const text = await read(`http://${address}/status`);
      process.stdout.write(output === "json" ? `${text}\n` : formatStatus(JSON.parse(text) as StatusReport));
    });
}

async function read(url: string): Promise<string> {
  try {
    return await readUrl(url, { timeoutMs: 5000 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot read ${url}: ${why}. Is a load balancer running, with this as its --status-address?`,
    );
  }
}

/** A line for each frontend, and one for each of its backends. Pure. */
export function formatStatus({ frontends, sharing }: StatusReport): string {
  if (frontends.length === 0) return "There are no frontends.\n";
  const texts = frontends.map((frontend) => `${headline(frontend)}\n${lines(frontend.backends)}`);
  return texts.join("") + (sharing ? sharingText(sharing) : "");
}

function sharingText({ healthy, routers }: NonNullable<StatusReport["sharing"]>): string {
  const head = healthy
    ? "Shared addresses"
    : "Shared addresses: this balancer takes none, since it cannot serve";
  const rows = routers.map(
    ({ id, family, addresses, priority, state }) =>
      `  router ${id} ${family}  ${state}, priority ${priority}  ${addresses.join(" ")}`,
  );
  return `${[head, ...rows].join("\n")}\n`;
}

function headline({ service, address, port, protocol, problems, counters }: FrontendReport): string {
  const place = joinHostPort(address, port);
  const active = counters ? `  ${counters.active} open, ${counters.connections} in all` : "";
  return [`${place} ${protocol}  ${service}${active}`, ...problems.map((text) => `  ! ${text}`)].join("\n");
}

function lines(backends: readonly BackendReport[]): string {
  if (backends.length === 0) return "  nobody serves it: clients are refused\n";
  const rows = backends.map(({ node, address, port, state, weight, reason, since }) => [
    address === node ? "" : node,
    joinHostPort(address, port),
    state,
    `weight ${weight}`,
    `${reason}, since ${since}`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trim()}\n`,
    )
    .join("");
}
