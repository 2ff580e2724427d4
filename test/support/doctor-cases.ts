/** Services and their pods with one thing wrong each, as manifests. */

export interface Broken {
  /** The check that names the fault; also the namespace that it is built in. */
  readonly id: string;
  readonly pods?: { readonly replicas?: number; readonly container?: string; readonly more?: string };
  /** Lines of the Service's spec; its type is NodePort and its port 80 if they do not say. */
  readonly service?: string;
  /** Fields of the Service's metadata, `labels: {a: b}`. */
  readonly metadata?: string;
  /** Other objects that the fault needs. */
  readonly beside?: string;
}

export const echo = "{name: echo, image: porthole/echo, ports: [{name: http, containerPort: 8080}]}";

/** Nobody listens where it is asked whether it is ready. */
export const neverReady =
  "{name: echo, image: porthole/echo, readinessProbe: {httpGet: {path: /nowhere, port: 9}, periodSeconds: 1}}";

export const selectsWeb = "selector: {app: web}";

/** A namespace with the Service `web`, its Deployment, and what is beside them. */
export function manifestOf(broken: Broken): string {
  const { id, pods = {}, beside } = broken;
  const namespace = `
apiVersion: v1
kind: Namespace
metadata: {name: ${id}}
`;
  const web = deploymentOf({ namespace: id, name: "web", ...pods });
  return [namespace, ...(beside === undefined ? [] : [beside]), serviceOf(broken), web].join("---");
}

export function serviceOf({ id, service = selectsWeb, metadata }: Broken, name = "web"): string {
  const lines = service.includes("ports:") ? service : `${service}\n  ports: [{port: 80, targetPort: 8080}]`;
  const type = service.includes("type:") ? "" : "\n  type: NodePort";
  return `
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${id}${metadata === undefined ? "" : `, ${metadata}`}}
spec:
  ${lines}${type}
`;
}

export interface Pods {
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number;
  readonly container?: string;
  /** Further fields of the pods' spec. */
  readonly more?: string;
}

/** All of its pods have the label that the Services select; another Deployment's pods may have it too. */
export function deploymentOf({ namespace, name, replicas = 1, container = echo, more }: Pods): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {of: ${name}}}
  template:
    metadata: {labels: {app: web, of: ${name}}}
    spec: {containers: [${container}]${more === undefined ? "" : `, ${more}`}}
`;
}
