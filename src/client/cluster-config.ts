/** ClusterConfig: where an API server is and how to prove who we are, whatever that was read from. */

/** What a connection presents; PEM. */
export interface TlsSettings {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The name that the server's certificate must be for, where it is not the URL's. */
  readonly serverName?: string;
  /** Accept any certificate. */
  readonly insecure?: boolean;
}

/** Headers such as Authorization, and TLS settings that take the place of the fixed ones. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly tls?: TlsSettings;
}

export interface ClusterConfig {
  /** `https://127.0.0.1:6443`, without a slash at the end; may have a path. */
  readonly server: string;
  readonly tls: TlsSettings;
  /** Asked before each request, since tokens change. Absent: no credentials beside the certificate. */
  readonly credentials?: () => Promise<Credentials>;
  /** The context's namespace. */
  readonly namespace?: string;
  /** What it was read from, for messages: `"/home/me/.kube/config", context "dev"`. */
  readonly source: string;
}
