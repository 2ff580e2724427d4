/** Descriptions: those of the models, and those that the models lost, which describe a field's type in their place. */
import { enums, enumText } from "./enums.ts";

type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

const conventions = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";

const fieldDescriptions: Readonly<Record<string, string>> = {
  "core.v1.ServicePort.targetPort":
    "Number or name of the port to access on the pods targeted by the service. Number must be in the range 1 to 65535. Name must be an IANA_SVC_NAME. If this is a string, it will be looked up as a named port in the target Pod's container ports. If this is not specified, the value of the 'port' field is used (an identity map). This field is ignored for services with clusterIP=None, and should be omitted or set equal to the 'port' field. More info: https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service",
  "core.v1.Service.spec": `Spec defines the behavior of a service. ${conventions}#spec-and-status`,
  "core.v1.Service.status": `Most recently observed status of the service. Populated by the system. Read-only. More info: ${conventions}#spec-and-status`,
  "core.v1.ServiceSpec.sessionAffinityConfig":
    "sessionAffinityConfig contains the configurations of session affinity.",
  "core.v1.ServiceStatus.loadBalancer":
    "LoadBalancer contains the current status of the load-balancer, if one is present.",
  "core.v1.Pod.spec": `Specification of the desired behavior of the pod. More info: ${conventions}#spec-and-status`,
  "core.v1.Pod.status": `Most recently observed status of the pod. This data may not be up to date. Populated by the system. Read-only. More info: ${conventions}#spec-and-status`,
  "core.v1.Node.spec": `Spec defines the behavior of a node. ${conventions}#spec-and-status`,
  "core.v1.Node.status": `Most recently observed status of the node. Populated by the system. Read-only. More info: ${conventions}#spec-and-status`,
  "core.v1.Namespace.spec": `Spec defines the behavior of the Namespace. More info: ${conventions}#spec-and-status`,
  "core.v1.Namespace.status": `Status describes the current status of a Namespace. More info: ${conventions}#spec-and-status`,
  "apps.v1.Deployment.spec": "Specification of the desired behavior of the Deployment.",
  "apps.v1.Deployment.status": "Most recently observed status of the Deployment.",
  "apps.v1.DeploymentSpec.selector":
    "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.",
  "apps.v1.DeploymentSpec.strategy": "The deployment strategy to use to replace existing pods with new ones.",
  "apps.v1.DeploymentSpec.template":
    'Template describes the pods that will be created. The only allowed template.spec.restartPolicy value is "Always".',
};

let loaded: Promise<Descriptions> | undefined;

async function loadDescriptions(): Promise<Descriptions> {
  loaded ??= import("../../api/schema/generated/descriptions.json", { with: { type: "json" } }).then(
    (module) => module.default as Descriptions,
  );
  return await loaded;
}

export type Describe = (type: string, field: string) => string | undefined;

/** `field` "" is the type itself. Loads the texts when first called. */
export async function describer(): Promise<Describe> {
  const descriptions = await loadDescriptions();
  return (type, field) => {
    const path = `${type}.${field}`;
    const isMetadata = field === "metadata";
    const text =
      fieldDescriptions[path] ??
      (isMetadata
        ? `Standard object's metadata. More info: ${conventions}#metadata`
        : descriptions[type]?.[field]);
    const values = enums[path];
    return values === undefined
      ? text
      : [text ?? "", enumText(values)].filter((part) => part !== "").join("\n\n");
  };
}
