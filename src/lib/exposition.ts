/** Counters, gauges and histograms, and their text for Prometheus (exposition format 0.0.4). */

export type Labels = Readonly<Record<string, string>>;

export interface Metric {
  /** Lines with a newline at the end of each. */
  text(): string;
}

/** Something that only grows. */
export interface Counter extends Metric {
  increase(by?: number, labels?: Labels): void;
}

export interface Gauge extends Metric {
  set(value: number): void;
}

export interface Histogram extends Metric {
  observe(value: number, labels?: Labels): void;
}

const unlabelled: readonly Labels[] = [{}];

/** Without label sets it starts at 0; with them, each of them does. */
export function createCounter(name: string, help: string, labelSets = unlabelled): Counter {
  const values = new Map(labelSets.map((labels) => [formatLabels(labels), 0]));
  return {
    increase(by = 1, labels = {}) {
      const key = formatLabels(labels);
      values.set(key, (values.get(key) ?? 0) + by);
    },
    text: () =>
      header(name, help, "counter") + [...values].map(([key, value]) => line(name + key, value)).join(""),
  };
}

/** A gauge that is set, to one value for all label sets, or one that is asked for each when somebody looks. Not shown before it has a value. */
export function createGauge(
  name: string,
  help: string,
  ask?: (labels: Labels) => number | undefined,
  labelSets = unlabelled,
): Gauge {
  let value: number | undefined;
  return {
    set(next) {
      value = next;
    },
    text() {
      const lines = labelSets.flatMap((labels) => {
        const current = ask ? ask(labels) : value;
        return current === undefined ? [] : [line(name + formatLabels(labels), current)];
      });
      return lines.length === 0 ? "" : header(name, help, "gauge") + lines.join("");
    },
  };
}

/** A counter that somebody else keeps. */
export function askedCounter(name: string, help: string, ask: () => number): Metric {
  return { text: () => header(name, help, "counter") + line(name, ask()) };
}

/**
 * `bounds` ascend, and belong to the buckets below them; what lies above all of them is counted, too. Of several label sets each counts for
 * itself, and what is observed without labels counts for all of them.
 */
export function createHistogram(
  name: string,
  help: string,
  bounds: readonly number[],
  labelSets = unlabelled,
): Histogram {
  const all = new Map(labelSets.map((labels) => [formatLabels(labels), createBuckets(name, labels, bounds)]));
  return {
    observe(value, labels) {
      const observers = labels ? [all.get(formatLabels(labels))] : all.values();
      for (const observer of observers) observer?.observe(value);
    },
    text: () => header(name, help, "histogram") + [...all.values()].map((one) => one.text()).join(""),
  };
}

function createBuckets(name: string, labels: Labels, bounds: readonly number[]): Histogram {
  const counts = new Array<number>(bounds.length).fill(0);
  let sum = 0;
  let count = 0;
  return {
    observe(value) {
      const bucket = bounds.findIndex((bound) => value <= bound);
      if (bucket >= 0) counts[bucket] = (counts[bucket] ?? 0) + 1;
      sum += value;
      count += 1;
    },
    text() {
      const bucketLine = (le: string, value: number) =>
        line(`${name}_bucket${formatLabels({ ...labels, le })}`, value);
      let below = 0;
      const buckets = bounds.map((bound, index) => {
        below += counts[index] ?? 0;
        return bucketLine(String(bound), below);
      });
      const set = formatLabels(labels);
      return `${buckets.join("")}${bucketLine("+Inf", count)}${line(`${name}_sum${set}`, sum)}${line(`${name}_count${set}`, count)}`;
    },
  };
}

/** `exponentialBounds(0.001, 2, 3)` is 0.001, 0.002, 0.004. */
export function exponentialBounds(first: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => Number((first * factor ** index).toPrecision(12)));
}

/** `linearBounds(1, 5, 3)` is 1, 6, 11. */
export function linearBounds(first: number, step: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + step * index);
}

function header(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}\n`;
}

function line(name: string, value: number): string {
  return `${name} ${value}\n`;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
