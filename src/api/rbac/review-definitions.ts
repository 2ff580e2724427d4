/** The kinds that are questions: who am I, may I, may he. They are created, answered and never stored. */
import { nameColumn } from "../printing/columns.ts";
import type { ResourceDefinition } from "../resource-definition.ts";

export const authorizationGroup = "authorization.k8s.io";
export const authenticationGroup = "authentication.k8s.io";

export const reviewDefinitions: readonly ResourceDefinition[] = [
  review(authenticationGroup, "SelfSubjectReview", false),
  review(authenticationGroup, "TokenReview", false),
  review(authorizationGroup, "LocalSubjectAccessReview", true),
  review(authorizationGroup, "SelfSubjectAccessReview", false),
  review(authorizationGroup, "SelfSubjectRulesReview", false),
  review(authorizationGroup, "SubjectAccessReview", false),
];

function review(group: string, kind: string, namespaced: boolean): ResourceDefinition {
  const singular = kind.toLowerCase();
  return {
    group,
    version: "v1",
    kind,
    plural: `${singular}s`,
    singular,
    shortNames: [],
    categories: [],
    namespaced,
    verbs: ["create"],
    schema: `io.k8s.api.${group.split(".")[0]}.v1.${kind}`,
    columns: [nameColumn],
    cells: ({ metadata }) => [metadata.name],
  };
}
