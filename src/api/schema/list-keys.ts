/**
 * How lists and maps are merged: struct tags and markers of k8s.io/api that the generated models do not carry
 * (patchStrategy, patchMergeKey, +listType, +listMapKey, +mapType, +structType).
 */

/** Field -> merge key of strategic merge patch; "" for a list of scalars. */
export const mergeKeys: Readonly<Record<string, string>> = {
  "meta.v1.ObjectMeta.finalizers": "",
  "meta.v1.ObjectMeta.ownerReferences": "uid",
  "core.v1.ServiceSpec.ports": "port",
  "core.v1.ServiceStatus.conditions": "type",
  "core.v1.NodeSpec.podCIDRs": "",
  "core.v1.NodeStatus.addresses": "type",
  "core.v1.NodeStatus.conditions": "type",
  "core.v1.NamespaceStatus.conditions": "type",
  "core.v1.PodSpec.volumes": "name",
  "core.v1.PodSpec.initContainers": "name",
  "core.v1.PodSpec.containers": "name",
  "core.v1.PodSpec.ephemeralContainers": "name",
  "core.v1.PodSpec.imagePullSecrets": "name",
  "core.v1.PodSpec.hostAliases": "ip",
  "core.v1.PodSpec.topologySpreadConstraints": "topologyKey",
  "core.v1.PodSpec.schedulingGates": "name",
  "core.v1.PodSpec.resourceClaims": "name",
  "core.v1.PodStatus.conditions": "type",
  "core.v1.PodStatus.podIPs": "ip",
  "core.v1.PodStatus.hostIPs": "ip",
  "core.v1.PodStatus.resourceClaimStatuses": "name",
  "core.v1.ContainerStatus.volumeMounts": "mountPath",
  "core.v1.ContainerStatus.allocatedResourcesStatus": "name",
  "core.v1.Container.ports": "containerPort",
  "core.v1.Container.env": "name",
  "core.v1.Container.volumeMounts": "mountPath",
  "core.v1.Container.volumeDevices": "devicePath",
  "core.v1.EphemeralContainer.ports": "containerPort",
  "core.v1.EphemeralContainer.env": "name",
  "core.v1.EphemeralContainer.volumeMounts": "mountPath",
  "core.v1.EphemeralContainer.volumeDevices": "devicePath",
  "core.v1.ServiceAccount.secrets": "name",
  "core.v1.ServiceAccount.imagePullSecrets": "name",
  "apps.v1.DeploymentStatus.conditions": "type",
  "apps.v1.ReplicaSetStatus.conditions": "type",
  "networking.v1.ServiceCIDRStatus.conditions": "type",
};

/** Fields whose value is a union: a patch names with $retainKeys what stays. */
export const retainKeys: ReadonlySet<string> = new Set([
  "core.v1.PodSpec.volumes",
  "apps.v1.DeploymentSpec.strategy",
]);

/** Lists of server-side apply that are keyed; all lists that are neither here nor in `setLists` are atomic. */
export const mapLists: Readonly<Record<string, readonly string[]>> = {
  "meta.v1.ObjectMeta.ownerReferences": ["uid"],
  "core.v1.ServiceSpec.ports": ["port", "protocol"],
  "core.v1.ServiceStatus.conditions": ["type"],
  "core.v1.NodeStatus.addresses": ["type"],
  "core.v1.NodeStatus.conditions": ["type"],
  "core.v1.NamespaceStatus.conditions": ["type"],
  "core.v1.PodSpec.volumes": ["name"],
  "core.v1.PodSpec.initContainers": ["name"],
  "core.v1.PodSpec.containers": ["name"],
  "core.v1.PodSpec.ephemeralContainers": ["name"],
  "core.v1.PodSpec.imagePullSecrets": ["name"],
  "core.v1.PodSpec.hostAliases": ["ip"],
  "core.v1.PodSpec.topologySpreadConstraints": ["topologyKey", "whenUnsatisfiable"],
  "core.v1.PodSpec.schedulingGates": ["name"],
  "core.v1.PodSpec.resourceClaims": ["name"],
  "core.v1.PodStatus.conditions": ["type"],
  "core.v1.PodStatus.podIPs": ["ip"],
  "core.v1.PodStatus.resourceClaimStatuses": ["name"],
  "core.v1.ContainerStatus.volumeMounts": ["mountPath"],
  "core.v1.ContainerStatus.allocatedResourcesStatus": ["name"],
  "core.v1.ResourceStatus.resources": ["resourceID"],
  "core.v1.ResourceRequirements.claims": ["name"],
  "core.v1.Container.ports": ["containerPort", "protocol"],
  "core.v1.Container.env": ["name"],
  "core.v1.Container.volumeMounts": ["mountPath"],
  "core.v1.Container.volumeDevices": ["devicePath"],
  "core.v1.EphemeralContainer.ports": ["containerPort", "protocol"],
  "core.v1.EphemeralContainer.env": ["name"],
  "core.v1.EphemeralContainer.volumeMounts": ["mountPath"],
  "core.v1.EphemeralContainer.volumeDevices": ["devicePath"],
  "core.v1.ServiceAccount.secrets": ["name"],
  "apps.v1.DeploymentStatus.conditions": ["type"],
  "apps.v1.ReplicaSetStatus.conditions": ["type"],
  "networking.v1.ServiceCIDRStatus.conditions": ["type"],
};

export const setLists: ReadonlySet<string> = new Set([
  "meta.v1.ObjectMeta.finalizers",
  "core.v1.NodeSpec.podCIDRs",
]);

/** Maps and objects that server-side apply takes as one value, where the field says so. */
export const atomicFields: ReadonlySet<string> = new Set([
  "core.v1.ServiceSpec.selector",
  "core.v1.PodSpec.nodeSelector",
]);

/** Types that are one value for server-side apply wherever they stand. */
export const atomicTypes: ReadonlySet<string> = new Set([
  "meta.v1.LabelSelector",
  "meta.v1.OwnerReference",
  "core.v1.ConfigMapKeySelector",
  "core.v1.SecretKeySelector",
  "core.v1.FileKeySelector",
  "core.v1.LocalObjectReference",
  "core.v1.NodeSelector",
  "core.v1.NodeSelectorTerm",
  "core.v1.ObjectFieldSelector",
  "core.v1.ObjectReference",
  "core.v1.ResourceFieldSelector",
  "core.v1.TypedLocalObjectReference",
  "core.v1.EndpointAddress",
  "core.v1.EndpointPort",
  "discovery.v1.EndpointPort",
  "rbac.v1.RoleRef",
  "rbac.v1.Subject",
]);

/** Defaults that stand in for a missing key of a keyed list, and that OpenAPI shows. */
export const fieldDefaults: Readonly<Record<string, string>> = {
  "core.v1.ServicePort.protocol": "TCP",
  "core.v1.ContainerPort.protocol": "TCP",
};
