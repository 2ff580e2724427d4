/** What any load balancer must be told, whatever its configuration looks like. */
export interface ExportModel {
  readonly frontends: readonly ExportFrontend[];
}

export interface ExportFrontend {
  /** Unique; letters, digits, `-`, `_` and `.` alone, so that it can stand in any configuration: `default_web_http`. */
  readonly name: string;
  /** What is listened on. */
  readonly address: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
  readonly backends: readonly ExportBackend[];
  readonly healthCheck: ExportHealthCheck;
  /** What tells the nodes who the client is. */
  readonly proxyProtocol?: "v1" | "v2";
  /** A client stays with the node that it had. */
  readonly sticky: boolean;
}

export interface ExportBackend {
  /** As a frontend's name. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** 1 to 100. */
  readonly weight: number;
}

/** `http`: a GET must be answered with 200. */
export type ExportHealthCheck =
  | { readonly kind: "tcp" }
  | { readonly kind: "http"; readonly port: number; readonly path: string };

/** How often a node is asked, how long it may take, and how many answers in a row count. */
export const checks = { intervalMs: 500, timeoutMs: 250, rise: 2, fall: 2 } as const;
export const connectTimeoutSeconds = 1;
