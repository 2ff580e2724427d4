/** Label selectors against labels (apimachinery metav1.LabelSelectorAsSelector). */
import type { LabelSelector } from "./meta.ts";

type Labels = Readonly<Record<string, string>>;

/** A selector that is absent matches nothing, an empty one everything. */
export function selectorMatches(selector: LabelSelector | undefined, labels: Labels = {}): boolean {
  if (!selector) return false;
  if (!labelsInclude(labels, selector.matchLabels ?? {})) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      default:
        return false;
    }
  });
}

/** True if `labels` has all of `wanted`. */
export function labelsInclude(labels: Labels = {}, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
