/** /healthz, /livez, /readyz and /version (apiserver/pkg/server/healthz/healthz.go). */

import { methodNotAllowed } from "../errors.ts";
import { type Answer, jsonAnswer, textAnswer } from "../http/answer.ts";
import type { ApiRequest } from "../http/api-request.ts";
import type { RequestTarget } from "../request/request-path.ts";
import type { HealthCheck } from "./health-checks.ts";
import { serverVersion } from "./version.ts";

/** By the path that asks for them. */
export type HealthChecks = Readonly<Record<"healthz" | "livez" | "readyz", readonly HealthCheck[]>>;

/** Resolves with undefined for other paths. 500 when a check fails; the reason stands in the log alone. */
export async function handleHealth(
  checks: HealthChecks,
  { method, query }: Pick<ApiRequest, "method" | "query">,
  target: RequestTarget,
  failed: (check: string, error: unknown) => void,
): Promise<Answer | undefined> {
  if (target.kind !== "other") return undefined;
  const [endpoint = "", name, ...more] = target.segments;
  if (endpoint === "version" && name === undefined) {
    if (method !== "GET") throw methodNotAllowed();
    return jsonAnswer(200, serverVersion);
  }
  if (!isHealthPath(endpoint) || more.length > 0) return undefined;
  if (name === undefined) return answerAll(checks[endpoint], endpoint, query, failed);
  const check = checks[endpoint].find((one) => one.name === name);
  return check && answerOne(check, failed);
}

function isHealthPath(endpoint: string): endpoint is keyof HealthChecks {
  return endpoint === "healthz" || endpoint === "livez" || endpoint === "readyz";
}

async function answerOne(
  { name, run }: HealthCheck,
  failed: (check: string, error: unknown) => void,
): Promise<Answer> {
  try {
    await run();
    return textAnswer(200, "ok");
  } catch (error) {
    failed(name, error);
    return textAnswer(500, "internal server error: reason withheld\n");
  }
}

async function answerAll(
  checks: readonly HealthCheck[],
  endpoint: string,
  query: URLSearchParams,
  failed: (check: string, error: unknown) => void,
): Promise<Answer> {
  const excluded = new Set(query.getAll("exclude"));
  const results = await Promise.all(checks.map((check) => lineOf(check, excluded, failed)));
  const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name));
  const lines = [...results.map(({ line }) => line), ...(unknown.length > 0 ? [unknownText(unknown)] : [])];
  if (!results.every(({ ok }) => ok)) {
    return textAnswer(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
  }
  return textAnswer(200, query.has("verbose") ? `${lines.join("\n")}\n${endpoint} check passed\n` : "ok");
}

function unknownText(names: readonly string[]): string {
  const quoted = names.map((name) => JSON.stringify(name)).join(",");
  return `warn: some health checks cannot be excluded: no matches for ${quoted}`;
}

async function lineOf(
  { name, run }: HealthCheck,
  excluded: ReadonlySet<string>,
  failed: (check: string, error: unknown) => void,
): Promise<{ readonly ok: boolean; readonly line: string }> {
  if (excluded.has(name)) return { ok: true, line: `[+]${name} excluded: ok` };
  try {
    await run();
    return { ok: true, line: `[+]${name} ok` };
  } catch (error) {
    failed(name, error);
    return { ok: false, line: `[-]${name} failed: reason withheld` };
  }
}
