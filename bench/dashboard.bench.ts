/** How fast the dashboard's page paints, and how smoothly it goes on while a large cluster changes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { missingChromium, openBrowser, startDashboard } from "../test/support/dashboard.ts";
import { createCluster, serviceName } from "../test/support/dashboard-objects.ts";
import {
  type FrameFigures,
  measureFrames,
  measurePaint,
  memoryMegabytes,
  openPage,
  type PaintFigures,
} from "./dashboard/measure-page.ts";
import type { Bench } from "./frame/bench.ts";
import { median } from "./frame/numbers.ts";

const size = { services: 5000, nodes: 300, endpoints: 3 };
const changesPerSecond = 200;
const rounds = 5;
const seconds = 15;

export const bench: Bench = {
  name: "dashboard",
  title: "The dashboard with 5,000 Services, 15,000 endpoints and 300 nodes",
  missing: missingChromium,
  async run(say) {
    await using world = await startDashboard();
    await createCluster(world.api, size);
    const browser = await openBrowser();
    try {
      // The first browser makes the server read the cluster.
      await measurePaint(browser, world.url, "5,001 Services");
      const paints: PaintFigures[] = [];
      for (let round = 0; round < rounds; round++) {
        paints.push(await measurePaint(browser, world.url, "5,001 Services"));
        say(
          `painted after ${paints.at(-1)?.firstPaintMs.toFixed(0)} ms, drawn after ${paints.at(-1)?.drawnMs.toFixed(0)} ms`,
        );
      }
      const page = await openPage(browser);
      await page.goto(world.url);
      await page.waitForSelector(".box");
      const still = await measureFrames(page, seconds, world.pid);
      say(describe("nothing changes", still));
      const changer = changeEndpoints(world.api.url, world.api.token);
      const overview = await measureFrames(page, seconds, world.pid);
      say(describe("overview", overview));
      await page.evaluate(`location.hash = "/default/${serviceName(100)}"`);
      const chosen = await measureFrames(page, seconds, world.pid);
      say(describe("one Service", chosen));
      const ended = once(changer, "exit");
      changer.kill("SIGTERM");
      await ended;
      return {
        tables: [paintTable(paints), frameTable([still, overview, chosen])],
        notes: [
          `Medians of ${rounds} loads; frames of ${seconds} s each. ${changesPerSecond} endpoints a second are replaced, each an EndpointSlice of its own, spread over all Services.`,
          "Chromium without a graphics card and without a window; it, the API server, the dashboard and who makes the changes share the machine's two processors.",
          "A late frame comes more than 25 ms after the one before. The load on processors is in per cent of one.",
          `The process that serves the page holds ${memoryMegabytes(world.pid).toFixed(0)} MB (PSS) with this cluster in memory.`,
        ],
      };
    } finally {
      await browser.close();
    }
  },
};

function changeEndpoints(url: string, token: string): ChildProcess {
  const program = fileURLToPath(new URL("dashboard/change-endpoints.ts", import.meta.url));
  const numbers = [size.services, size.nodes, size.endpoints, changesPerSecond].map(String);
  return spawn(process.execPath, [program, url, token, ...numbers], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function paintTable(paints: readonly PaintFigures[]) {
  const row = (title: string, pick: (figures: PaintFigures) => number, bar: string) => [
    title,
    `${median(paints.map(pick)).toFixed(0)} ms`,
    bar,
  ];
  return {
    title: "From the address to the picture",
    columns: ["", "measured", "bar"],
    rows: [
      row("first paint", ({ firstPaintMs }) => firstPaintMs, "1,000 ms"),
      row("all Services drawn", ({ drawnMs }) => drawnMs, ""),
    ],
  };
}

function frameTable(columns: readonly FrameFigures[]) {
  const row = (title: string, pick: (figures: FrameFigures) => string, bar = "") => [
    title,
    ...columns.map(pick),
    bar,
  ];
  return {
    title: `While ${changesPerSecond} endpoints change every second`,
    columns: ["", "nothing changes", "the whole cluster", "one Service", "bar"],
    rows: [
      row("frames a second", ({ perSecond }) => perSecond.toFixed(1), "60"),
      row("late frames", ({ latePercent }) => `${latePercent.toFixed(1)} %`),
      row("time between frames, 99th percentile", ({ p99Ms }) => `${p99Ms.toFixed(1)} ms`),
      row("tasks over 50 ms, in a second", ({ longTaskMs }) => `${longTaskMs.toFixed(0)} ms`),
      row("the page's own load", ({ pagePercent }) => `${pagePercent.toFixed(0)} %`),
      row("the server's load", ({ serverPercent }) => `${serverPercent.toFixed(0)} %`),
    ],
  };
}

function describe(
  what: string,
  { perSecond, latePercent, p99Ms, pagePercent, serverPercent }: FrameFigures,
): string {
  return `${what}: ${perSecond.toFixed(1)} frames/s, ${latePercent.toFixed(1)} % late, p99 ${p99Ms.toFixed(1)} ms, page ${pagePercent.toFixed(0)} %, server ${serverPercent.toFixed(0)} %`;
}
