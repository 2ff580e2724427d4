/** The server for whoever looks after the proxy, as kube-proxy has it on port 10249: metrics, mode, configuration, status. */
import type { ServerResponse } from "node:http";
import { answer, createAnswerServer } from "./http-answer.ts";
import { type ServingOptions, serveUntil } from "./serve-until.ts";

/** What the pages say; asked each time that somebody looks. */
export interface StatusPages {
  readonly metrics: () => Promise<string>;
  /** `nftables` */
  readonly mode: string;
  /** kube-proxy's configuration as it is in force. */
  readonly configuration: () => object;
  readonly status: () => string;
}

const pages = "/metrics, /healthz, /proxyMode, /configz and /statusz";

/** Serves until the signal fires. */
export function serveStatus(
  options: Omit<ServingOptions, "paths"> & { readonly pages: StatusPages },
): Promise<void> {
  const { metrics, mode, configuration, status } = options.pages;
  const server = createAnswerServer(async (path, response) => {
    switch (path) {
      case "/metrics":
        return text(response, await metrics(), "text/plain; version=0.0.4; charset=utf-8");
      case "/healthz":
        return text(response, "ok");
      case "/proxyMode":
        return text(response, mode);
      case "/configz":
        return answer(response, 200, { "kubeproxy.config.k8s.io": configuration() });
      case "/statusz":
        return text(response, status());
      default:
        return answer(response, 404, { message: `There are ${pages} here` });
    }
  });
  return serveUntil(server, { ...options, paths: pages });
}

function text(response: ServerResponse, body: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(200, { "Content-Type": type, "X-Content-Type-Options": "nosniff" });
  response.end(body);
}
