/** Values of enumerations and what they mean (+enum types of k8s.io/api): field -> value -> meaning, "" where none is told. */
const protocols = {
  SCTP: "is the SCTP protocol.",
  TCP: "is the TCP protocol.",
  UDP: "is the UDP protocol.",
};

const pullPolicies = {
  Always:
    "means that kubelet always attempts to pull the latest image. Container will fail If the pull fails.",
  IfNotPresent:
    "means that kubelet pulls if the image isn't present on disk. Container will fail if the image isn't present and the pull fails.",
  Never:
    "means that kubelet never pulls an image, but only uses a local image. Container will fail if the image isn't present",
};

const terminationPolicies = {
  FallbackToLogsOnError:
    "will read the most recent contents of the container logs for the container status message when the container exits with an error and the terminationMessagePath has no contents.",
  File: "is the default behavior and will set the container status message to the contents of the container's terminationMessagePath when the container exits.",
};

export const enums: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "core.v1.ServicePort.protocol": protocols,
  "core.v1.ContainerPort.protocol": protocols,
  "core.v1.EndpointPort.protocol": protocols,
  "core.v1.PortStatus.protocol": protocols,
  "discovery.v1.EndpointPort.protocol": protocols,
  "discovery.v1.EndpointSlice.addressType": {
    FQDN: "represents a FQDN.",
    IPv4: "represents an IPv4 Address.",
    IPv6: "represents an IPv6 Address.",
  },
  "core.v1.ServiceSpec.externalTrafficPolicy": {
    Cluster: "routes traffic to all endpoints.",
    Local:
      "preserves the source IP of the traffic by routing only to endpoints on the same node as the traffic was received on (dropping the traffic if there are no local endpoints).",
  },
  "core.v1.ServiceSpec.internalTrafficPolicy": {
    Cluster: "routes traffic to all endpoints.",
    Local:
      "routes traffic only to endpoints on the same node as the client pod (dropping the traffic if there are no local endpoints).",
  },
  "core.v1.ServiceSpec.ipFamilies": {
    "": "indicates that this IP is unknown protocol",
    IPv4: "indicates that this IP is IPv4 protocol",
    IPv6: "indicates that this IP is IPv6 protocol",
  },
  "core.v1.ServiceSpec.ipFamilyPolicy": {
    PreferDualStack:
      "indicates that this service prefers dual-stack when the cluster is configured for dual-stack. If the cluster is not configured for dual-stack the service will be assigned a single IPFamily. If the IPFamily is not set in service.spec.ipFamilies then the service will be assigned the default IPFamily configured on the cluster",
    RequireDualStack:
      "indicates that this service requires dual-stack. Using IPFamilyPolicyRequireDualStack on a single stack cluster will result in validation errors. The IPFamilies (and their order) assigned to this service is based on service.spec.ipFamilies. If service.spec.ipFamilies was not provided then it will be assigned according to how they are configured on the cluster. If service.spec.ipFamilies has only one entry then the alternative IPFamily will be added by apiserver",
    SingleStack:
      "indicates that this service is required to have a single IPFamily. The IPFamily assigned is based on the default IPFamily used by the cluster or as identified by service.spec.ipFamilies field",
  },
  "core.v1.ServiceSpec.sessionAffinity": {
    ClientIP: "is the Client IP based.",
    None: "- no session affinity.",
  },
  "core.v1.ServiceSpec.type": {
    ClusterIP: "means a service will only be accessible inside the cluster, via the cluster IP.",
    ExternalName:
      "means a service consists of only a reference to an external name that kubedns or equivalent will return as a CNAME record, with no exposing or proxying of any pods involved.",
    LoadBalancer:
      "means a service will be exposed via an external load balancer (if the cloud provider supports it), in addition to 'NodePort' type.",
    NodePort: "means a service will be exposed on one port of every node, in addition to 'ClusterIP' type.",
  },
  "core.v1.PodSpec.dnsPolicy": {
    ClusterFirst:
      "indicates that the pod should use cluster DNS first unless hostNetwork is true, if it is available, then fall back on the default (as determined by kubelet) DNS settings.",
    ClusterFirstWithHostNet:
      "indicates that the pod should use cluster DNS first, if it is available, then fall back on the default (as determined by kubelet) DNS settings.",
    Default: "indicates that the pod should use the default (as determined by kubelet) DNS settings.",
    None: "indicates that the pod should use empty DNS settings. DNS parameters such as nameservers and search paths should be defined via DNSConfig.",
  },
  "core.v1.PodSpec.restartPolicy": { Always: "", Never: "", OnFailure: "" },
  "core.v1.Container.imagePullPolicy": pullPolicies,
  "core.v1.EphemeralContainer.imagePullPolicy": pullPolicies,
  "core.v1.Container.terminationMessagePolicy": terminationPolicies,
  "core.v1.EphemeralContainer.terminationMessagePolicy": terminationPolicies,
  "core.v1.Taint.effect": { NoExecute: "", NoSchedule: "", PreferNoSchedule: "" },
  "apps.v1.DeploymentStrategy.type": {
    Recreate: "Kill all existing pods before creating new ones.",
    RollingUpdate:
      "Replace the old ReplicaSets by new one using rolling update i.e gradually scale down the old ReplicaSets and scale up the new one.",
  },
};

/** `Possible enum values:` as kube-apiserver ends a description. */
export function enumText(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(
    ([value, meaning]) => ` - \`${JSON.stringify(value)}\`${meaning === "" ? "" : ` ${meaning}`}`,
  );
  return `Possible enum values:\n${lines.join("\n")}`;
}
