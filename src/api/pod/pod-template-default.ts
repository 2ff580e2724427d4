/** Defaults of what pods and pod templates share (kubernetes/pkg/apis/core/v1/defaults.go). */
import type { Container, EnvVar, LifecycleHandler, PodSpec, PodTemplateSpec, Probe } from "../pod.ts";
import { defaultVolume } from "./volume-default.ts";

/** Empty values count as absent. */
export function defaultPodSpec(given: PodSpec): PodSpec {
  const spec = { ...given, containers: (given.containers ?? []).map(defaultContainer) };
  const account = spec.serviceAccountName || spec.serviceAccount;
  return {
    ...spec,
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(defaultContainer) } : {}),
    ...(spec.volumes ? { volumes: spec.volumes.map(defaultVolume) } : {}),
    restartPolicy: spec.restartPolicy || "Always",
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    dnsPolicy: spec.dnsPolicy || "ClusterFirst",
    ...(account ? { serviceAccountName: account, serviceAccount: account } : {}),
    securityContext: spec.securityContext ?? {},
    schedulerName: spec.schedulerName || "default-scheduler",
  };
}

export function defaultPodTemplate(template: PodTemplateSpec | undefined): PodTemplateSpec {
  return {
    ...template,
    metadata: template?.metadata ?? {},
    spec: defaultPodSpec(template?.spec ?? { containers: [] }),
  };
}

function defaultContainer(container: Container): Container {
  return {
    ...container,
    ...(container.ports
      ? { ports: container.ports.map((port) => ({ ...port, protocol: port.protocol || "TCP" })) }
      : {}),
    ...(container.env ? { env: container.env.map(defaultEnv) } : {}),
    resources: container.resources ?? {},
    ...mapPresent(container, ["livenessProbe", "readinessProbe", "startupProbe"], defaultProbe),
    ...(container.lifecycle
      ? {
          lifecycle: {
            ...container.lifecycle,
            ...mapPresent(container.lifecycle, ["preStop", "postStart"], defaultHandler),
          },
        }
      : {}),
    terminationMessagePath: container.terminationMessagePath || "/dev/termination-log",
    terminationMessagePolicy: container.terminationMessagePolicy || "File",
    imagePullPolicy:
      container.imagePullPolicy || (isLatest(container.image ?? "") ? "Always" : "IfNotPresent"),
  };
}

function mapPresent<T, K extends keyof T>(
  object: T,
  members: readonly K[],
  map: (value: NonNullable<T[K]>) => NonNullable<T[K]>,
): Partial<T> {
  const mapped: Partial<T> = {};
  for (const member of members) {
    const value = object[member];
    if (value !== undefined && value !== null) mapped[member] = map(value);
  }
  return mapped;
}

function defaultEnv(variable: EnvVar): EnvVar {
  const fieldRef = variable.valueFrom?.fieldRef;
  if (!fieldRef) return variable;
  return {
    ...variable,
    valueFrom: { ...variable.valueFrom, fieldRef: { ...fieldRef, apiVersion: fieldRef.apiVersion || "v1" } },
  };
}

function defaultProbe(probe: Probe): Probe {
  return {
    ...defaultHandler(probe),
    timeoutSeconds: probe.timeoutSeconds || 1,
    periodSeconds: probe.periodSeconds || 10,
    successThreshold: probe.successThreshold || 1,
    failureThreshold: probe.failureThreshold || 3,
  };
}

function defaultHandler<T extends Pick<LifecycleHandler, "httpGet">>(handler: T): T {
  const { httpGet } = handler;
  if (!httpGet) return handler;
  return { ...handler, httpGet: { ...httpGet, path: httpGet.path || "/", scheme: httpGet.scheme || "HTTP" } };
}

/** An image without a tag and without a digest is the latest one. */
function isLatest(image: string): boolean {
  if (image.includes("@")) return false;
  const name = image.slice(image.lastIndexOf("/") + 1);
  const colon = name.indexOf(":");
  return colon < 0 || name.slice(colon + 1) === "latest";
}
