/** Validation of probes and lifecycle hooks (kubernetes/pkg/apis/core/validation validateProbe, validateHandler). */
import {
  type FieldError,
  forbiddenField,
  invalidField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import type { Container, LifecycleHandler, Probe } from "../pod.ts";
import { validateNonNegative } from "../validation/numbers.ts";
import { validatePort } from "../validation/ports.ts";

const periods = [
  "initialDelaySeconds",
  "timeoutSeconds",
  "periodSeconds",
  "successThreshold",
  "failureThreshold",
] as const;

export function validateProbes(container: Container, field: string): readonly FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...(livenessProbe ? endingProbeErrors(livenessProbe, `${field}.livenessProbe`) : []),
    ...(readinessProbe ? readinessErrors(readinessProbe, `${field}.readinessProbe`) : []),
    ...(startupProbe ? endingProbeErrors(startupProbe, `${field}.startupProbe`) : []),
  ];
}

/** A probe that restarts its container is content with one success. */
function endingProbeErrors(probe: Probe, field: string): readonly FieldError[] {
  const errors = probeErrors(probe, field);
  if (probe.successThreshold === 1) return errors;
  return [...errors, invalidField(`${field}.successThreshold`, probe.successThreshold ?? 0, "must be 1")];
}

function readinessErrors(probe: Probe, field: string): readonly FieldError[] {
  const errors = probeErrors(probe, field);
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds === undefined) return errors;
  const detail = "must not be set for readinessProbes";
  return [...errors, invalidField(`${field}.terminationGracePeriodSeconds`, seconds, detail)];
}

function probeErrors(probe: Probe, field: string): readonly FieldError[] {
  const grace = probe.terminationGracePeriodSeconds;
  return [
    ...validateHandler(probe as Probe & LifecycleHandler, field),
    ...periods.flatMap((member) => validateNonNegative(probe[member] ?? 0, `${field}.${member}`)),
    ...(grace !== undefined && grace <= 0
      ? [invalidField(`${field}.terminationGracePeriodSeconds`, grace, "must be greater than 0")]
      : []),
  ];
}

type Handler = LifecycleHandler & Pick<Probe, "tcpSocket"> & { readonly grpc?: { readonly port: number } };

/** Exactly one thing to do. */
export function validateHandler(
  handler: Handler,
  field: string,
  graceSeconds?: number,
): readonly FieldError[] {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const errors: FieldError[] = [];
  let count = 0;
  const isFirst = (member: string) => {
    count += 1;
    if (count > 1) {
      errors.push(forbiddenField(`${field}.${member}`, "may not specify more than 1 handler type"));
    }
    return count === 1;
  };
  if (exec && isFirst("exec") && !exec.command?.length) errors.push(requiredField(`${field}.exec.command`));
  if (httpGet && isFirst("httpGet")) errors.push(...httpGetErrors(httpGet, `${field}.httpGet`));
  if (tcpSocket && isFirst("tcpSocket"))
    errors.push(...validatePort(tcpSocket.port ?? 0, `${field}.tcpSocket.port`));
  if (grpc && isFirst("grpc")) errors.push(...validatePort(grpc.port ?? 0, `${field}.grpc.port`));
  if (sleep && isFirst("sleep"))
    errors.push(...sleepErrors(sleep.seconds ?? 0, `${field}.sleep`, graceSeconds));
  return count === 0 ? [requiredField(field, "must specify a handler type")] : errors;
}

/** A container cannot sleep longer than its pod is given to end. */
function sleepErrors(seconds: number, field: string, graceSeconds?: number): readonly FieldError[] {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [invalidField(field, seconds, detail)];
}

function httpGetErrors(httpGet: NonNullable<Probe["httpGet"]>, field: string): readonly FieldError[] {
  const { path = "", port, scheme, httpHeaders = [] } = httpGet;
  const rule =
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
  return [
    ...(path === "" ? [requiredField(`${field}.path`)] : []),
    ...validatePort(port ?? 0, `${field}.port`),
    ...(scheme === "HTTP" || scheme === "HTTPS"
      ? []
      : [unsupportedField(`${field}.scheme`, scheme ?? "", ["HTTP", "HTTPS"])]),
    ...httpHeaders.flatMap(({ name }) =>
      /^[-A-Za-z0-9]+$/.test(name) ? [] : [invalidField(`${field}.httpHeaders`, name, rule)],
    ),
  ];
}
