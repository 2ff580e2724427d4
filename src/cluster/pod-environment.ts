/** The environment of a container's process: its own variables, and what a pod knows of itself. */
import type { KubeObject } from "../api/meta.ts";
import type { Container, EnvFromSource, EnvVar, Pod } from "../api/pod.ts";
import { ContainerConfigError } from "./container-config-error.ts";
import { expandVariables } from "./image.ts";
import { podVariable } from "./previous-pods.ts";
import { resourceValue } from "./resource-value.ts";

/** What a pod knows of where it runs. */
export interface PodPlace {
  /** IPv4 first. */
  readonly podIPs: readonly string[];
  readonly nodeName: string;
  readonly hostIPs: readonly string[];
}

/** Reads the data of a ConfigMap or a Secret of the pod's namespace; undefined if there is none of that name. */
export type ReadData = (
  kind: "ConfigMap" | "Secret",
  name: string,
) => Promise<Readonly<Record<string, string>> | undefined>;

/** Variables of this process that a pod's process needs on the same machine; no others are handed on, they may be secrets. */
const inherited = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER"];

/**
 * Resolves with POD_IP, POD_NAME, POD_NAMESPACE, NODE_NAME, HOST_IP, HOSTNAME, PORT of the first container port, then what the container
 * asks for with `envFrom`, then its own `env`, which may refer to what stands before it. Rejects with ContainerConfigError, and with the
 * client's error when something cannot be read.
 */
export async function buildEnvironment(
  pod: Pod,
  container: Container,
  place: PodPlace,
  read: ReadData,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const port = container.ports?.[0]?.containerPort;
  Object.assign(env, {
    HOSTNAME: pod.spec.hostname ?? pod.metadata.name,
    POD_IP: place.podIPs[0] ?? "",
    POD_IPS: place.podIPs.join(","),
    POD_NAME: pod.metadata.name,
    POD_NAMESPACE: pod.metadata.namespace ?? "default",
    NODE_NAME: place.nodeName,
    HOST_IP: place.hostIPs[0] ?? "",
    ...(port === undefined ? {} : { PORT: String(port) }),
    [podVariable]: `${pod.metadata.uid}/${container.name}`,
  });
  for (const source of container.envFrom ?? []) Object.assign(env, await sourceValues(source, read));
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? await referredValue(variable, container, pod, place, read)
      : expandVariables(variable.value ?? "", env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

async function sourceValues(
  { prefix = "", configMapRef, secretRef }: EnvFromSource,
  read: ReadData,
): Promise<Record<string, string>> {
  const kind = secretRef ? "Secret" : "ConfigMap";
  const { name = "", optional } = secretRef ?? configMapRef ?? {};
  const data = await read(kind, name);
  if (!data && !optional) throw new ContainerConfigError(`${kind.toLowerCase()} "${name}" not found`);
  const usable = Object.entries(data ?? {}).filter(([key]) => key !== "" && !key.includes("="));
  return Object.fromEntries(usable.map(([key, value]) => [prefix + key, value]));
}

async function referredValue(
  { name, valueFrom = {} }: EnvVar,
  container: Container,
  pod: Pod,
  place: PodPlace,
  read: ReadData,
): Promise<string | undefined> {
  if (valueFrom.fieldRef) return fieldValue(pod, place, valueFrom.fieldRef.fieldPath);
  if (valueFrom.configMapKeyRef) return keyValue("ConfigMap", valueFrom.configMapKeyRef, read);
  if (valueFrom.secretKeyRef) return keyValue("Secret", valueFrom.secretKeyRef, read);
  if (valueFrom.resourceFieldRef) return resourceValue(container, pod, valueFrom.resourceFieldRef);
  throw new ContainerConfigError(
    `env "${name}": only fieldRef, resourceFieldRef, configMapKeyRef and secretKeyRef can be read here`,
  );
}

/** Value of a downward-API field, `metadata.labels['app']`; throws ContainerConfigError for a path that is not offered. */
export function fieldValue(pod: Pod, place: PodPlace, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed)
    return (keyed[1] === "labels" ? pod.metadata.labels : pod.metadata.annotations)?.[keyed[2] ?? ""] ?? "";
  const values: Readonly<Record<string, string | undefined>> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "spec.nodeName": place.nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName ?? "default",
    "status.podIP": place.podIPs[0],
    "status.podIPs": place.podIPs.join(","),
    "status.hostIP": place.hostIPs[0],
    "status.hostIPs": place.hostIPs.join(","),
  };
  const value = values[path];
  if (value === undefined)
    throw new ContainerConfigError(`fieldPath "${path}" is not one of ${Object.keys(values).join(", ")}`);
  return value;
}

interface KeyReference {
  readonly name?: string;
  readonly key: string;
  readonly optional?: boolean;
}

async function keyValue(
  kind: "ConfigMap" | "Secret",
  { name = "", key, optional }: KeyReference,
  read: ReadData,
): Promise<string | undefined> {
  const word = kind.toLowerCase();
  const data = await read(kind, name);
  if (data?.[key] !== undefined || optional) return data?.[key];
  throw new ContainerConfigError(
    data ? `couldn't find key ${key} in ${kind} ${name}` : `${word} "${name}" not found`,
  );
}

/** ConfigMap and Secret as far as environments go. */
export interface DataObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Plain text of the values: a Secret's are base64. */
export function plainData(
  kind: "ConfigMap" | "Secret",
  object: DataObject,
): Readonly<Record<string, string>> {
  const entries = Object.entries(object.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      kind === "Secret" ? Buffer.from(value, "base64").toString("utf8") : value,
    ]),
  );
}
