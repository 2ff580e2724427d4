/** ListOptions: which objects a list or watch is for, and how fresh they must be. */
import type { FieldError } from "../../api/field-error.ts";
import { badRequest, invalid } from "../errors.ts";
import { quote } from "../field-error-text.ts";
import { parseBoolean, parseInteger } from "./query-options.ts";

export type ResourceVersionMatch = "" | "Exact" | "NotOlderThan";

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly watch: boolean;
  /** undefined: the newest state; 0: any state. */
  readonly resourceVersion: number | undefined;
  readonly resourceVersionMatch: ResourceVersionMatch;
  readonly limit: number;
  readonly continue: string;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
}

/** Throws BadRequest or Invalid. */
export function parseListOptions(query: URLSearchParams): ListOptions {
  const watch = parseBoolean(query, "watch");
  const options: ListOptions = {
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    watch,
    resourceVersion: undefined,
    resourceVersionMatch: (query.get("resourceVersionMatch") ?? "") as ResourceVersionMatch,
    limit: Math.max(0, parseInteger(query, "limit") ?? 0),
    continue: query.get("continue") ?? "",
    allowWatchBookmarks: parseBoolean(query, "allowWatchBookmarks"),
    sendInitialEvents: query.has("sendInitialEvents") ? parseBoolean(query, "sendInitialEvents") : undefined,
    timeoutSeconds: parseInteger(query, "timeoutSeconds"),
  };
  const version = query.get("resourceVersion") ?? "";
  const errors = watch ? watchErrors(options, version) : listErrors(options, version);
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
  return { ...options, resourceVersion: parseResourceVersion(version) };
}

/** undefined for "". Throws BadRequest. */
export function parseResourceVersion(text: string): number | undefined {
  if (text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(
    `resourceVersion: Invalid value: ${quote(text)}: strconv.ParseUint: parsing ${quote(text)}: invalid syntax`,
  );
}

/** apimachinery: pkg/apis/meta/internalversion/validation ValidateListOptions */
function listErrors(options: ListOptions, version: string): readonly FieldError[] {
  const { resourceVersionMatch: match, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  const forbidMatch = (detail: string) =>
    errors.push({ type: "Forbidden", field: "resourceVersionMatch", detail });
  if (match !== "") {
    if (version === "") forbidMatch("resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (options.continue !== "") {
      forbidMatch("resourceVersionMatch is forbidden when continue is provided");
    }
    if (match !== "Exact" && match !== "NotOlderThan") {
      errors.push(unsupportedMatch(match, '"Exact", "NotOlderThan", ""'));
    }
    if (match === "Exact" && version === "0") {
      forbidMatch('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (sendInitialEvents !== undefined) {
    errors.push({
      type: "Forbidden",
      field: "sendInitialEvents",
      detail: "sendInitialEvents is forbidden for list",
    });
  }
  return errors;
}

function watchErrors(options: ListOptions, _version: string): readonly FieldError[] {
  const { resourceVersionMatch: match, sendInitialEvents } = options;
  const field = "resourceVersionMatch";
  const errors: FieldError[] = [];
  if (sendInitialEvents !== undefined) {
    if (match !== "NotOlderThan") {
      const detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
      errors.push({ type: "Forbidden", field, detail });
    }
    if (match !== "NotOlderThan" && match !== "") errors.push(unsupportedMatch(match, '"NotOlderThan"'));
  } else if (match !== "") {
    errors.push({
      type: "Forbidden",
      field,
      detail: "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
    });
  }
  return errors;
}

function unsupportedMatch(value: string, supported: string): FieldError {
  return {
    type: "NotSupported",
    field: "resourceVersionMatch",
    value,
    detail: `supported values: ${supported}`,
  };
}
