/** What kube-apiserver says when a number cannot be had (pkg/registry/core/service/{portallocator,ipallocator}). */
import type { Refusal } from "../../allocator/index.ts";
import type { FieldError } from "../../api/field-error.ts";
import { type ApiStatusError, invalid } from "../errors.ts";

export function invalidService(name: string, errors: readonly FieldError[]): ApiStatusError {
  return invalid({ group: "", kind: "Service" }, name, errors);
}

export function portRefusal(refusal: Refusal, range: string): string {
  switch (refusal) {
    case "allocated":
      return "provided port is already allocated";
    case "not-in-range":
      return `provided port is not in the valid range. The range of valid ports is ${range}`;
    case "full":
      return rangeFull;
  }
}

export function addressRefusal(refusal: Refusal): string {
  switch (refusal) {
    case "allocated":
      return "provided IP is already allocated";
    case "not-in-range":
      return "the provided network does not match the current range";
    case "full":
      return rangeFull;
  }
}

const rangeFull = "range is full";
