/** Measures the dashboard's page in a real Chromium. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";

export interface PaintFigures {
  /** From the navigation to the first text, in milliseconds. */
  readonly firstPaintMs: number;
  /** From the navigation to the frame that shows all Services. */
  readonly drawnMs: number;
}

export interface FrameFigures {
  readonly perSecond: number;
  /** Frames that came later than one and a half intervals of 60 Hz, of a hundred. */
  readonly latePercent: number;
  /** 99th percentile of the time between frames, in milliseconds. */
  readonly p99Ms: number;
  /** Time in tasks of more than 50 ms, in milliseconds of each second. */
  readonly longTaskMs: number;
  /** Script, style and layout of the page, in per cent of one processor. */
  readonly pagePercent: number;
  /** Of the process that serves the page. */
  readonly serverPercent: number;
}

const lateMs = 25;

interface RecordedFrames {
  readonly intervals: readonly number[];
  readonly longTaskMs: number;
}

const inPage = fileURLToPath(new URL("in-page.js", import.meta.url));

export async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript({ path: inPage });
  return page;
}

/** Opens the page anew; `services` is what it must show to be drawn. */
export async function measurePaint(browser: Browser, url: string, services: string): Promise<PaintFigures> {
  const page = await openPage(browser);
  await page.addInitScript(`markDrawn(${JSON.stringify(services)})`);
  await page.goto(url);
  await page.waitForFunction(() => performance.getEntriesByName("drawn").length > 0);
  const [firstPaintMs, drawnMs] = await page.evaluate(() =>
    ["first-contentful-paint", "drawn"].map((name) => performance.getEntriesByName(name)[0]?.startTime ?? 0),
  );
  await page.close();
  return { firstPaintMs: firstPaintMs ?? 0, drawnMs: drawnMs ?? 0 };
}

export async function measureFrames(page: Page, seconds: number, serverPid: number): Promise<FrameFigures> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const busy = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
  };
  const [busyBefore, serverBefore] = [await busy(), processorSeconds(serverPid)];
  const { intervals, longTaskMs } = (await page.evaluate(`recordFrames(${seconds})`)) as RecordedFrames;
  const [busyAfter, serverAfter] = [await busy(), processorSeconds(serverPid)];
  await session.detach();
  const inOrder = intervals.toSorted((a, b) => a - b);
  return {
    perSecond: intervals.length / seconds,
    latePercent: (100 * intervals.filter((interval) => interval > lateMs).length) / intervals.length,
    p99Ms: inOrder[Math.floor(inOrder.length * 0.99)] ?? 0,
    longTaskMs: longTaskMs / seconds,
    pagePercent: (100 * (busyAfter - busyBefore)) / seconds,
    serverPercent: (100 * (serverAfter - serverBefore)) / seconds,
  };
}

const ticksPerSecond = 100;

/** User and system time of a process (proc(5), /proc/PID/stat). */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Proportional set size in megabytes (proc(5), /proc/PID/smaps_rollup). */
export function memoryMegabytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) / 1000;
}
