/** Value of a resourceFieldRef: what a container may use, or asks for. */
import { availableParallelism, totalmem } from "node:os";
import type { Container, EnvVar, Pod } from "../api/pod.ts";
import { parseQuantity } from "../api/quantity.ts";
import { ContainerConfigError } from "./container-config-error.ts";

type ResourceFieldRef = NonNullable<NonNullable<EnvVar["valueFrom"]>["resourceFieldRef"]>;

/** What a container without a limit may use: all that the machine has. */
const machine: Readonly<Record<string, () => string>> = {
  cpu: () => String(availableParallelism()),
  memory: () => String(totalmem()),
};

/**
 * Returns a whole number in units of the divisor (1 CPU, 1 byte if there is none), rounded up. A request that is not made is 0.
 * Throws ContainerConfigError for what cannot be told.
 */
export function resourceValue(
  own: Container,
  pod: Pod,
  { containerName, resource, divisor }: ResourceFieldRef,
): string {
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const container = containerName ? all.find(({ name }) => name === containerName) : own;
  if (!container) throw new ContainerConfigError(`container ${containerName} not found`);
  const [kind, name = ""] = resource.split(/\.(.*)/s);
  if ((kind !== "limits" && kind !== "requests") || name === "")
    throw new ContainerConfigError(
      `resource "${resource}" is none: write limits.cpu, requests.memory or their like`,
    );
  const set = container.resources?.[kind]?.[name] ?? (kind === "limits" ? machine[name]?.() : undefined);
  const amount = parseQuantity(set ?? "0");
  // Some clients write the absent divisor as "0".
  const unit = parseQuantity(divisor && divisor !== "0" ? divisor : "1");
  if (amount === undefined || !unit)
    throw new ContainerConfigError(`cannot divide ${set} of ${resource} by ${divisor}`);
  return String((amount + unit - 1n) / unit);
}
