/** APIGroupDiscoveryList, apidiscovery.k8s.io/v2: all of discovery in two requests. */
import type { ServedKind } from "../registry/served-kind.ts";
import { subresourcesOf } from "../subresource/subresources.ts";

export function groupDiscoveryList(kinds: readonly ServedKind[]): object {
  const groups = [...new Set(kinds.map(({ definition }) => definition.group))];
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map((group) =>
      groupDiscovery(
        group,
        kinds.filter(({ definition }) => definition.group === group),
      ),
    ),
  };
}

function groupDiscovery(group: string, kinds: readonly ServedKind[]): object {
  const versions = [...new Set(kinds.map(({ definition }) => definition.version))];
  return {
    metadata: group === "" ? {} : { name: group },
    versions: versions.map((version) => ({
      version,
      resources: kinds
        .filter(({ definition }) => definition.version === version)
        .sort((left, right) => (left.definition.plural < right.definition.plural ? -1 : 1))
        .map(resourceDiscovery),
      freshness: "Current",
    })),
  };
}

function resourceDiscovery(kind: ServedKind): object {
  const { group, version, plural, singular, namespaced, verbs, shortNames, categories } = kind.definition;
  const subresources = subresourcesOf(kind).map((subresource) => ({
    subresource: subresource.name,
    responseKind: {
      group: subresource.group ?? emptyForCore(group, group),
      version: subresource.version ?? emptyForCore(group, version),
      kind: subresource.kind,
    },
    verbs: subresource.verbs,
  }));
  return {
    resource: plural,
    responseKind: { group, version: emptyForCore(group, version), kind: kind.kind },
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

/** kube-apiserver leaves the version of core kinds out. */
function emptyForCore(group: string, value: string): string {
  return group === "" ? "" : value;
}
