/** What certificates the server needs. */

export interface CertificateRequest {
  /** Base name of the files: `apiserver` -> apiserver.crt, apiserver.key. */
  readonly name: string;
  readonly commonName: string;
  readonly organization?: string;
  readonly usage: "server" | "client";
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
}

export interface CertificatePair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS#8. */
  readonly key: string;
}

export interface IssueOrder {
  /** The authority that signs; a new one is made if absent. */
  readonly authority?: CertificatePair;
  readonly requests: readonly CertificateRequest[];
}

export interface IssuedCertificates {
  readonly authority: CertificatePair;
  /** In the order of the requests. */
  readonly certificates: readonly CertificatePair[];
}

const administrators = "system:masters";

/** `serviceAddress` is the cluster IP of the Service default/kubernetes. */
export function certificateRequests(
  listenHost: string,
  serviceAddress: string,
  components: readonly ComponentIdentity[] = [],
): readonly CertificateRequest[] {
  const isName = !/^[\d.]+$|:/.test(listenHost);
  const loopback = ["127.0.0.1", "::1"];
  return [
    {
      name: "apiserver",
      commonName: "kube-apiserver",
      usage: "server",
      dnsNames: [
        ...new Set([
          "localhost",
          "kubernetes",
          "kubernetes.default",
          "kubernetes.default.svc",
          "kubernetes.default.svc.cluster.local",
          ...(isName ? [listenHost] : []),
        ]),
      ],
      addresses: [...new Set([...loopback, serviceAddress, ...(isName ? [] : [listenHost])])],
    },
    client("admin", "kubernetes-admin", administrators),
    client("apiserver-kubelet-client", "kube-apiserver-kubelet-client", administrators),
    {
      name: "node",
      commonName: "system:node",
      organization: "system:nodes",
      usage: "server",
      dnsNames: ["localhost"],
      addresses: loopback,
    },
    ...components.map(({ name, user, group }) => client(name, user, group)),
  ];
}

/** Who a component is to the API server; what it may do stands in auth/default-roles.ts. */
export interface ComponentIdentity {
  /** Base name of its certificate and of its kubeconfig. */
  readonly name: string;
  readonly user: string;
  readonly group?: string;
}

export function componentIdentities(nodeNames: readonly string[]): readonly ComponentIdentity[] {
  return [
    { name: "controllers", user: "system:kube-controller-manager" },
    { name: "proxy", user: "system:kube-proxy" },
    { name: "loadbalancer", user: "porthole:load-balancer" },
    ...nodeNames.map((node) => ({
      name: `node-${node}`,
      user: `system:node:${node}`,
      group: "system:nodes",
    })),
  ];
}

function client(name: string, commonName: string, organization?: string): CertificateRequest {
  const subject = organization === undefined ? { commonName } : { commonName, organization };
  return { name, ...subject, usage: "client", dnsNames: [], addresses: [] };
}
