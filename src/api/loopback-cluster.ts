/** The kinds as a cluster serves them whose nodes, pods and Services are loopback addresses of one machine. */
import type { FieldError } from "./field-error.ts";
import type { ResourceDefinition } from "./resource-definition.ts";
import { loopbackDetail } from "./validation/addresses.ts";

const endpointKinds = new Set(["EndpointSlice", "Endpoints"]);

/**
 * Returns the definitions with one rule less: endpoints may be loopback addresses. Kubernetes forbids them since they mean
 * something else on every node; here all nodes are on the machine that the addresses are on.
 */
export function forLoopbackCluster(
  definitions: readonly ResourceDefinition[],
): readonly ResourceDefinition[] {
  return definitions.map((definition) =>
    endpointKinds.has(definition.kind) ? withoutRule(definition) : definition,
  );
}

function withoutRule(definition: ResourceDefinition): ResourceDefinition {
  const { validate, validateUpdate } = definition;
  return {
    ...definition,
    ...(validate ? { validate: (object) => allowed(validate(object)) } : {}),
    ...(validateUpdate ? { validateUpdate: (next, old) => allowed(validateUpdate(next, old)) } : {}),
  };
}

function allowed(errors: readonly FieldError[]): readonly FieldError[] {
  return errors.filter(({ detail }) => detail !== loopbackDetail);
}
