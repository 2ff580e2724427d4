/** Whether a rule allows a request, and whether rules hold all that another one allows (kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go). */
import type { PolicyRule } from "../../api/rbac/rbac.ts";
import type { RequestAttributes, ResourceAttributes } from "./request-attributes.ts";

const all = "*";

export function ruleAllows(rule: PolicyRule, attributes: RequestAttributes): boolean {
  if (!holds(rule.verbs, attributes.verb)) return false;
  return attributes.kind === "path"
    ? (rule.nonResourceURLs ?? []).some((pattern) => coversPath(pattern, attributes.path))
    : allowsResource(rule, attributes);
}

function holds(values: readonly string[] | undefined, wanted: string): boolean {
  return values !== undefined && (values.includes(all) || values.includes(wanted));
}

function allowsResource(
  { apiGroups, resources, resourceNames = [] }: PolicyRule,
  { group, resource, subresource, name }: ResourceAttributes,
): boolean {
  return (
    holds(apiGroups, group) &&
    (resources ?? []).some((pattern) => coversResource(pattern, resource, subresource)) &&
    (resourceNames.length === 0 || resourceNames.includes(name))
  );
}

function coversResource(pattern: string, resource: string, subresource: string): boolean {
  if (pattern === all) return true;
  if (pattern === (subresource === "" ? resource : `${resource}/${subresource}`)) return true;
  return subresource !== "" && pattern === `${all}/${subresource}`;
}

/** A star counts at the end only. */
function coversPath(pattern: string, path: string): boolean {
  if (pattern === all || pattern === path) return true;
  return pattern.endsWith(all) && path.startsWith(pattern.slice(0, -1));
}

/** One verb on one thing: what remains of a rule when it is taken apart. */
export type Permission = PolicyRule;

/** Rules of one verb, group, resource, name or path each. */
export function breakDown(rule: PolicyRule): readonly Permission[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const paths = verbs.flatMap((verb) =>
    nonResourceURLs.map((path) => ({ verbs: [verb], nonResourceURLs: [path] })),
  );
  const names = resourceNames.length === 0 ? [{}] : resourceNames.map((name) => ({ resourceNames: [name] }));
  return [
    ...paths,
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          names.map((name) => ({ verbs: [verb], apiGroups: [group], resources: [resource], ...name })),
        ),
      ),
    ),
  ];
}

/** The permissions of `wanted` that no rule of `owned` holds. */
export function uncovered(
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly Permission[] {
  return wanted.flatMap(breakDown).filter((permission) => !owned.some((rule) => covers(rule, permission)));
}

function covers(owner: PolicyRule, { verbs: [verb = ""], ...wanted }: Permission): boolean {
  if (!holds(owner.verbs, verb)) return false;
  const [path] = wanted.nonResourceURLs ?? [];
  if (path !== undefined) return (owner.nonResourceURLs ?? []).some((pattern) => coversPath(pattern, path));
  const [group = ""] = wanted.apiGroups ?? [];
  const [resource = ""] = wanted.resources ?? [];
  const [name] = wanted.resourceNames ?? [];
  const ownNames = owner.resourceNames ?? [];
  const [plural = "", subresource = ""] = resource.split("/");
  return (
    holds(owner.apiGroups, group) &&
    (owner.resources ?? []).some((pattern) => coversResource(pattern, plural, subresource)) &&
    (ownNames.length === 0 || (name !== undefined && ownNames.includes(name)))
  );
}
