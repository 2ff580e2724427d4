/**
 * The protobuf messages of the objects that kubectl's typed commands (`create service`, `create deployment`, …) send.
 * Numbers and names are those of Kubernetes' generated.proto files; a field that is missing here makes the body unreadable,
 * never incomplete.
 *
 * `3 port int` is a field with its number, JSON name and type: string if none is given, int, bool, bytes, time, intOrString, or a
 * message. `[]` repeats it, `{}` is a map from strings. `?` is a pointer in Go: its zero value is a value. Without it, a
 * zero value is an absent one.
 */
const definitions: Readonly<Record<string, string>> = {
  TypeMeta: "1 apiVersion, 2 kind",
  Unknown: "1 typeMeta TypeMeta, 2 raw bytes, 3 contentEncoding, 4 contentType",

  ObjectMeta:
    "1 name, 2 generateName, 3 namespace, 4 selfLink, 5 uid, 6 resourceVersion, 7 generation int, 8 creationTimestamp time, " +
    "9 deletionTimestamp time, 10 deletionGracePeriodSeconds int?, 11 labels {}, 12 annotations {}, " +
    "13 ownerReferences OwnerReference[], 14 finalizers []",
  OwnerReference: "1 kind, 3 name, 4 uid, 5 apiVersion, 6 controller bool?, 7 blockOwnerDeletion bool?",
  LabelSelector: "1 matchLabels {}, 2 matchExpressions LabelSelectorRequirement[]",
  LabelSelectorRequirement: "1 key, 2 operator, 3 values []",
  DeleteOptions:
    "1 gracePeriodSeconds int?, 2 preconditions Preconditions, 3 orphanDependents bool?, 4 propagationPolicy ?, 5 dryRun []",
  Preconditions: "1 uid ?, 2 resourceVersion ?",
  LocalObjectReference: "1 name",
  ObjectReference: "1 kind, 2 namespace, 3 name, 4 uid, 5 apiVersion, 6 resourceVersion, 7 fieldPath",

  Service: "1 metadata ObjectMeta, 2 spec ServiceSpec, 3 status ServiceStatus",
  ServiceSpec:
    "1 ports ServicePort[], 2 selector {}, 3 clusterIP, 4 type, 5 externalIPs [], 7 sessionAffinity, 8 loadBalancerIP, " +
    "9 loadBalancerSourceRanges [], 10 externalName, 11 externalTrafficPolicy, 12 healthCheckNodePort int, " +
    "13 publishNotReadyAddresses bool, 14 sessionAffinityConfig SessionAffinityConfig, 17 ipFamilyPolicy ?, " +
    "18 clusterIPs [], 19 ipFamilies [], 20 allocateLoadBalancerNodePorts bool?, 21 loadBalancerClass ?, " +
    "22 internalTrafficPolicy ?, 23 trafficDistribution ?",
  ServicePort: "1 name, 2 protocol, 3 port int, 4 targetPort intOrString, 5 nodePort int, 6 appProtocol ?",
  SessionAffinityConfig: "1 clientIP ClientIPConfig",
  ClientIPConfig: "1 timeoutSeconds int?",
  ServiceStatus: "1 loadBalancer LoadBalancerStatus",
  LoadBalancerStatus: "",

  ConfigMap: "1 metadata ObjectMeta, 2 data {}, 3 binaryData bytes{}, 4 immutable bool?",
  Secret: "1 metadata ObjectMeta, 2 data bytes{}, 3 type, 4 stringData {}, 5 immutable bool?",
  ServiceAccount:
    "1 metadata ObjectMeta, 2 secrets ObjectReference[], 3 imagePullSecrets LocalObjectReference[], " +
    "4 automountServiceAccountToken bool?",
  Namespace: "1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status NamespaceStatus",
  NamespaceSpec: "1 finalizers []",
  NamespaceStatus: "1 phase",
  Eviction: "1 metadata ObjectMeta, 2 deleteOptions DeleteOptions",
  Binding: "1 metadata ObjectMeta, 2 target ObjectReference",

  Role: "1 metadata ObjectMeta, 2 rules PolicyRule[]",
  ClusterRole: "1 metadata ObjectMeta, 2 rules PolicyRule[], 3 aggregationRule AggregationRule",
  AggregationRule: "1 clusterRoleSelectors LabelSelector[]",
  PolicyRule: "1 verbs [], 2 apiGroups [], 3 resources [], 4 resourceNames [], 5 nonResourceURLs []",
  RoleBinding: "1 metadata ObjectMeta, 2 subjects Subject[], 3 roleRef RoleRef",
  ClusterRoleBinding: "1 metadata ObjectMeta, 2 subjects Subject[], 3 roleRef RoleRef",
  Subject: "1 kind, 2 apiGroup, 3 name, 4 namespace",
  RoleRef: "1 apiGroup, 2 kind, 3 name",
  TokenRequest: "1 metadata ObjectMeta, 2 spec TokenRequestSpec, 3 status TokenRequestStatus",
  TokenRequestSpec: "1 audiences [], 3 boundObjectRef BoundObjectReference, 4 expirationSeconds int?",
  BoundObjectReference: "1 kind, 2 apiVersion, 3 name, 4 uid",
  TokenRequestStatus: "1 token, 2 expirationTimestamp time",
  TokenReview: "1 metadata ObjectMeta, 2 spec TokenReviewSpec, 3 status TokenReviewStatus",
  TokenReviewSpec: "1 token, 2 audiences []",
  TokenReviewStatus: "1 authenticated bool, 2 user UserInfo, 3 error, 4 audiences []",
  SelfSubjectReview: "1 metadata ObjectMeta, 2 status SelfSubjectReviewStatus",
  SelfSubjectReviewStatus: "1 userInfo UserInfo",
  UserInfo: "1 username, 2 uid, 3 groups []",
  SelfSubjectAccessReview: "1 metadata ObjectMeta, 2 spec SubjectAccessReviewSpec, 3 status AccessStatus",
  SubjectAccessReview: "1 metadata ObjectMeta, 2 spec SubjectAccessReviewSpec, 3 status AccessStatus",
  LocalSubjectAccessReview: "1 metadata ObjectMeta, 2 spec SubjectAccessReviewSpec, 3 status AccessStatus",
  SubjectAccessReviewSpec:
    "1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes, 3 user, 4 groups [], 6 uid",
  ResourceAttributes: "1 namespace, 2 verb, 3 group, 4 version, 5 resource, 6 subresource, 7 name",
  NonResourceAttributes: "1 path, 2 verb",
  AccessStatus: "1 allowed bool, 2 reason, 3 evaluationError, 4 denied bool",
  SelfSubjectRulesReview: "1 metadata ObjectMeta, 2 spec SelfSubjectRulesReviewSpec, 3 status RulesStatus",
  SelfSubjectRulesReviewSpec: "1 namespace",
  RulesStatus: "3 incomplete bool, 4 evaluationError",

  Deployment: "1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status DeploymentStatus",
  DeploymentSpec:
    "1 replicas int?, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy DeploymentStrategy, " +
    "5 minReadySeconds int, 6 revisionHistoryLimit int?, 7 paused bool, 9 progressDeadlineSeconds int?",
  DeploymentStrategy: "1 type, 2 rollingUpdate RollingUpdateDeployment",
  RollingUpdateDeployment: "1 maxUnavailable intOrString, 2 maxSurge intOrString",
  DeploymentStatus:
    "1 observedGeneration int, 2 replicas int, 3 updatedReplicas int, 4 availableReplicas int, 5 unavailableReplicas int, " +
    "7 readyReplicas int, 8 collisionCount int?",
  PodTemplateSpec: "1 metadata ObjectMeta, 2 spec PodSpec",
  PodSpec:
    "2 containers Container[], 3 restartPolicy, 4 terminationGracePeriodSeconds int?, 5 activeDeadlineSeconds int?, " +
    "6 dnsPolicy, 7 nodeSelector {}, 8 serviceAccountName, 9 serviceAccount, 10 nodeName, 11 hostNetwork bool, " +
    "12 hostPID bool, 13 hostIPC bool, 14 securityContext Empty, 15 imagePullSecrets LocalObjectReference[], 16 hostname, " +
    "17 subdomain, 19 schedulerName, 20 initContainers Container[], 21 automountServiceAccountToken bool?, " +
    "22 tolerations Toleration[], 24 priorityClassName, 25 priority int?, 29 runtimeClassName ?, " +
    "30 enableServiceLinks bool?, 31 preemptionPolicy ?",
  Toleration: "1 key, 2 operator, 3 value, 4 effect, 5 tolerationSeconds int?",
  Container:
    "1 name, 2 image, 3 command [], 4 args [], 5 workingDir, 6 ports ContainerPort[], 7 env EnvVar[], " +
    "8 resources Empty, 13 terminationMessagePath, 14 imagePullPolicy, 16 stdin bool, 17 stdinOnce bool, 18 tty bool, " +
    "20 terminationMessagePolicy",
  ContainerPort: "1 name, 2 hostPort int, 3 containerPort int, 4 protocol, 5 hostIP",
  EnvVar: "1 name, 2 value",
  Empty: "",
};

export interface MessageField {
  readonly name: string;
  readonly type: string;
  readonly shape: "single" | "repeated" | "map";
  /** A pointer in Go: present means set. */
  readonly isPointer: boolean;
}

export type Message = ReadonlyMap<number, MessageField>;

const parsed = new Map<string, Message>();

/** undefined for a message that is not known. */
export function messageOf(name: string): Message | undefined {
  const known = parsed.get(name);
  if (known) return known;
  const definition = definitions[name];
  if (definition === undefined) return undefined;
  const message = new Map(definition.split(", ").filter(Boolean).map(parseField));
  parsed.set(name, message);
  return message;
}

function parseField(text: string): readonly [number, MessageField] {
  const [number = "", name = "", notation = ""] = text.trim().split(" ");
  const type = notation.replace(/[[\]{}?]/g, "") || "string";
  const shape = notation.includes("[]") ? "repeated" : notation.includes("{}") ? "map" : "single";
  return [Number(number), { name, type, shape, isPointer: notation.includes("?") }];
}
