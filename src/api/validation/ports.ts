/** Rules for fields that hold ports and protocols. */
import { type FieldError, problemsField, requiredField, unsupportedField } from "../field-error.ts";
import { portNameProblems, portNumberProblems } from "./syntax.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export function validateProtocol(protocol: string | undefined, field: string): readonly FieldError[] {
  if (!protocol) return [requiredField(field)];
  return protocols.includes(protocol) ? [] : [unsupportedField(field, protocol, protocols)];
}

/** A port's number, or the name that pods give it. */
export function validatePort(port: number | string, field: string): readonly FieldError[] {
  const problems = typeof port === "string" ? portNameProblems(port) : portNumberProblems(port);
  return problemsField(field, port, problems);
}
