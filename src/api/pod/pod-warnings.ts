/** What the API server warns of when a pod or a pod template is written (kubernetes/pkg/api/pod/warnings.go). */
import type { Container, ContainerPort, EnvVar, PodSpec } from "../pod.ts";

const renamedLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region":
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone":
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type":
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** A container and where it stands. */
interface Placed {
  readonly container: Container;
  readonly field: string;
}

/** `field` is `spec`, or `spec.template.spec`. */
export function podWarnings(spec: PodSpec, field: string): readonly string[] {
  const { initContainers = [], containers, terminationGracePeriodSeconds: grace = 0 } = spec;
  const place = (member: string) => (container: Container, index: number) => ({
    container,
    field: `${field}.${member}[${index}]`,
  });
  const placed = [...initContainers.map(place("initContainers")), ...containers.map(place("containers"))];
  return [
    ...labelWarnings(spec, field),
    ...repeated(spec.hostAliases ?? [], ({ ip = "" }) => ip, `${field}.hostAliases`, "ip"),
    ...repeated(spec.imagePullSecrets ?? [], ({ name = "" }) => name, `${field}.imagePullSecrets`, "name"),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, index) =>
      name ? [] : [`${field}.imagePullSecrets[${index}].name: invalid empty name ""`],
    ),
    ...placed.flatMap((one) => environmentWarnings(one)),
    ...portWarnings(placed),
    ...portNameWarnings(placed),
    ...(grace < 0
      ? [
          `${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
  ];
}

function labelWarnings(
  { nodeSelector = {}, topologySpreadConstraints = [] }: PodSpec,
  field: string,
): readonly string[] {
  return [
    ...Object.keys(nodeSelector).flatMap((label) =>
      renamedLabels[label] === undefined ? [] : [`${field}.nodeSelector[${label}]: ${renamedLabels[label]}`],
    ),
    ...topologySpreadConstraints.flatMap(({ topologyKey = "", labelSelector }, index) => {
      const at = `${field}.topologySpreadConstraints[${index}]`;
      const renamed = renamedLabels[topologyKey];
      return [
        ...(renamed === undefined ? [] : [`${at}.topologyKey: ${topologyKey} is ${renamed}`]),
        ...(labelSelector ? [] : [`${at}.labelSelector: a null labelSelector results in matching no pod`]),
      ];
    }),
  ];
}

function repeated<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  field: string,
  member: string,
): readonly string[] {
  const keys = items.map(keyOf);
  return keys.flatMap((key, index) =>
    keys.indexOf(key) < index
      ? [`${field}[${index}].${member}: duplicate ${member} ${JSON.stringify(key)}`]
      : [],
  );
}

function environmentWarnings({ container: { env = [] }, field }: Placed): readonly string[] {
  const seen = new Set<string>();
  return env.flatMap((variable, index) => {
    const isHidden = seen.has(variable.name) && !extendsItself(variable);
    seen.add(variable.name);
    const name = JSON.stringify(variable.name);
    return isHidden
      ? [
          `${field}.env[${index}]: hides previous definition of ${name}, which may be dropped when using apply`,
        ]
      : [];
  });
}

/** `PATH="$(PATH):/x"` builds on what was there before. */
function extendsItself({ name, value = "", valueFrom }: EnvVar): boolean {
  const reference = `$(${name})`;
  return !valueFrom && value !== reference && value.includes(reference);
}

interface PlacedPort {
  readonly port: ContainerPort;
  readonly field: string;
}

function portsOf(placed: readonly Placed[]): readonly PlacedPort[] {
  return placed.flatMap(({ container, field }) =>
    (container.ports ?? []).map((port, index) => ({ port, field: `${field}.ports[${index}]` })),
  );
}

function portWarnings(placed: readonly Placed[]): readonly string[] {
  const all = portsOf(placed);
  return all.flatMap(({ port, field }, index) =>
    all
      .slice(0, index)
      .filter(
        ({ port: other }) => other.containerPort === port.containerPort && other.protocol === port.protocol,
      )
      .flatMap((other) => {
        const how = overlap(port, other.port);
        return how === undefined ? [] : [`${field}: ${how} port definition with ${other.field}`];
      }),
  );
}

function overlap(
  { hostPort = 0, hostIP = "" }: ContainerPort,
  { hostPort: otherPort = 0, hostIP: otherIp = "" }: ContainerPort,
): string | undefined {
  if (hostPort === otherPort && hostIP === otherIp) return "duplicate";
  if (hostPort === 0 || otherPort === 0) return "overlapping";
  const isAmbiguous = hostPort === otherPort && (hostIP === "") !== (otherIp === "");
  return isAmbiguous ? "dangerously ambiguous" : undefined;
}

function portNameWarnings(placed: readonly Placed[]): readonly string[] {
  const first = new Map<string, string>();
  return portsOf(placed).flatMap(({ port: { name = "" }, field }) => {
    if (name === "") return [];
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, field);
      return [];
    }
    return [
      `${field}: duplicate port name ${JSON.stringify(name)} with ${other}, services and probes that select ports by name will use ${other}`,
    ];
  });
}
