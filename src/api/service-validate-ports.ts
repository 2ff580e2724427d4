/** Validation of a Service's ports (kubernetes/pkg/apis/core/validation validateServicePort and ValidateService). */
import {
  duplicateField,
  type FieldError,
  forbiddenField,
  problemsField,
  requiredField,
} from "./field-error.ts";
import type { ServicePort, ServiceSpec } from "./service.ts";
import { validatePort, validateProtocol } from "./validation/ports.ts";
import { dnsLabelProblems, portNumberProblems, qualifiedNameProblems } from "./validation/syntax.ts";

/** Each port for itself, and no two of one name. */
export function validateServicePorts({ ports = [] }: ServiceSpec): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const field = `spec.ports[${index}]`;
    const errors = [...nameErrors(port, field, ports.length > 1, names)];
    errors.push(
      ...problemsField(`${field}.port`, port.port ?? 0, portNumberProblems(port.port ?? 0)),
      ...validateProtocol(port.protocol, `${field}.protocol`),
      ...validatePort(port.targetPort ?? 0, `${field}.targetPort`),
    );
    if (typeof port.appProtocol === "string") {
      const problems = qualifiedNameProblems(port.appProtocol);
      errors.push(...problemsField(`${field}.appProtocol`, port.appProtocol, problems));
    }
    return errors;
  });
}

function nameErrors(
  { name = "" }: ServicePort,
  field: string,
  isRequired: boolean,
  names: Set<string>,
): readonly FieldError[] {
  if (name === "") return isRequired ? [requiredField(`${field}.name`)] : [];
  const errors = problemsField(`${field}.name`, name, dnsLabelProblems(name));
  if (names.has(name)) errors.push(duplicateField(`${field}.name`, name));
  names.add(name);
  return errors;
}

/** Node ports where they have no place, and ports or node ports that stand there twice with one protocol. */
export function validatePortsTogether({ type, ports = [] }: ServiceSpec): readonly FieldError[] {
  const misplaced = ports.flatMap(({ nodePort }, index) =>
    type === "ClusterIP" && nodePort
      ? [forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'")]
      : [],
  );
  const nodePorts = ports.flatMap((port, index) =>
    port.nodePort && ports.slice(0, index).some((earlier) => samePair(earlier, port, "nodePort"))
      ? [duplicateField(`spec.ports[${index}].nodePort`, port.nodePort)]
      : [],
  );
  const servicePorts = ports.flatMap((port, index) =>
    ports.slice(0, index).some((earlier) => samePair(earlier, port, "port"))
      ? [duplicateField(`spec.ports[${index}]`, keyOf(port))]
      : [],
  );
  return [...misplaced, ...nodePorts, ...servicePorts];
}

function samePair(left: ServicePort, right: ServicePort, member: "port" | "nodePort"): boolean {
  return left.protocol === right.protocol && left[member] === right[member];
}

/** The key as Kubernetes prints it: a whole internal ServicePort with nothing but protocol and port. */
function keyOf({ protocol, port }: ServicePort): object {
  return { Name: "", Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}
