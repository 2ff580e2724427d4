/** DeleteOptions: from the body, or else from the query. */
import type { FieldError } from "../../api/field-error.ts";
import { badRequest } from "../errors.ts";
import { dryRunErrors, parseBoolean, parseInteger, refuse } from "./query-options.ts";

export type PropagationPolicy = "Foreground" | "Background" | "Orphan";

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: PropagationPolicy;
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun: boolean;
}

const policies: readonly string[] = ["Foreground", "Background", "Orphan"];

/** `body` is undefined when the request has none. Throws BadRequest or Invalid. */
export function parseDeleteOptions(query: URLSearchParams, body: unknown): DeleteOptions {
  const raw = body === undefined ? fromQuery(query) : fromBody(body);
  const dryRun = raw.dryRun ?? [];
  refuse("DeleteOptions", [...policyErrors(raw), ...dryRunErrors(dryRun)]);
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions } = raw;
  return {
    ...(gracePeriodSeconds === undefined
      ? {}
      : { gracePeriodSeconds: gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy: propagationPolicy as PropagationPolicy }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(preconditions === undefined ? {} : { preconditions }),
    dryRun: dryRun.includes("All"),
  };
}

interface RawDeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: string | undefined;
  readonly orphanDependents?: boolean | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

function fromQuery(query: URLSearchParams): RawDeleteOptions {
  return {
    gracePeriodSeconds: parseInteger(query, "gracePeriodSeconds"),
    propagationPolicy: query.get("propagationPolicy") || undefined,
    orphanDependents: query.has("orphanDependents") ? parseBoolean(query, "orphanDependents") : undefined,
    dryRun: query.getAll("dryRun"),
  };
}

const memberTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
  gracePeriodSeconds: (value) => Number.isSafeInteger(value),
  propagationPolicy: (value) => typeof value === "string",
  orphanDependents: (value) => typeof value === "boolean",
  preconditions: (value) => typeof value === "object" && !Array.isArray(value),
  dryRun: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
};

function fromBody(body: unknown): RawDeleteOptions {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw undecodable("it is no JSON object");
  const { kind = "DeleteOptions" } = body as { readonly kind?: unknown };
  if (kind !== "DeleteOptions") throw badRequest(`expected DeleteOptions, got ${String(kind)}`);
  const members: Record<string, unknown> = {};
  for (const [name, isRight] of Object.entries(memberTypes)) {
    const value = (body as Record<string, unknown>)[name];
    if (value === undefined || value === null) continue;
    if (!isRight(value)) throw undecodable(`${name} is of the wrong type`);
    members[name] = value;
  }
  return members;
}

function undecodable(why: string): Error {
  return badRequest(`DeleteOptions in version "v1" cannot be handled as a DeleteOptions: ${why}`);
}

function policyErrors({
  propagationPolicy: value,
  orphanDependents,
}: RawDeleteOptions): readonly FieldError[] {
  if (value === undefined) return [];
  const field = "propagationPolicy";
  if (orphanDependents !== undefined) {
    const detail = "orphanDependents and deletionPropagation cannot be both set";
    return [{ type: "Invalid", field, value, detail }];
  }
  if (policies.includes(value)) return [];
  const detail = 'supported values: "Foreground", "Background", "Orphan", "nil"';
  return [{ type: "NotSupported", field, value, detail }];
}
