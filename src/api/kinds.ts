/** Every kind that the API server serves: its paths, discovery and OpenAPI documents are built from this list. */
import { endpointSliceDefinition } from "./discovery/endpoint-slice-definition.ts";
import { endpointsDefinition } from "./discovery/endpoints-definition.ts";
import { eventDefinition, groupedEventDefinition } from "./event/event-definition.ts";
import { ipAddressDefinition } from "./ip-address.ts";
import type { KubeObject } from "./meta.ts";
import { leaseDefinition } from "./node/lease-definition.ts";
import { nodeDefinition } from "./node/node-definition.ts";
import { podDefinition } from "./pod/pod-definition.ts";
import { clusterRoleBindingDefinition, roleBindingDefinition } from "./rbac/binding-definitions.ts";
import { reviewDefinitions } from "./rbac/review-definitions.ts";
import { clusterRoleDefinition, roleDefinition } from "./rbac/role-definitions.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import { serviceCidrDefinition } from "./service-cidr.ts";
import { serviceDefinition } from "./service-definition.ts";
import { configMapDefinition } from "./small/config-map.ts";
import { namespaceDefinition } from "./small/namespace.ts";
import { secretDefinition } from "./small/secret.ts";
import { serviceAccountDefinition } from "./small/service-account.ts";
import { deploymentDefinition } from "./workload/deployment-definition.ts";
import { replicaSetDefinition } from "./workload/replica-set-definition.ts";

export const allDefinitions: readonly ResourceDefinition[] = [
  general(namespaceDefinition),
  general(nodeDefinition),
  general(podDefinition),
  general(serviceDefinition),
  general(endpointsDefinition),
  general(configMapDefinition),
  general(secretDefinition),
  general(serviceAccountDefinition),
  general(eventDefinition),
  general(deploymentDefinition),
  general(replicaSetDefinition),
  general(leaseDefinition),
  general(endpointSliceDefinition),
  general(groupedEventDefinition),
  general(serviceCidrDefinition),
  general(ipAddressDefinition),
  general(roleDefinition),
  general(roleBindingDefinition),
  general(clusterRoleDefinition),
  general(clusterRoleBindingDefinition),
  ...reviewDefinitions,
];

/** The server hands every definition objects of its own kind only, which the type system cannot know of a list. */
function general<T extends KubeObject>(definition: ResourceDefinition<T>): ResourceDefinition {
  return definition as unknown as ResourceDefinition;
}
