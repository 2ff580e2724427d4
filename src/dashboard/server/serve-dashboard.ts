/** Serves the dashboard on this machine's loopback address. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { makeToken } from "./access.ts";
import { createDashboardServer, type DashboardOptions } from "./page-server.ts";

export interface ServeDashboardOptions extends Omit<DashboardOptions, "token"> {
  /** Absent: 6480, or any free port. */
  readonly port?: number;
}

export interface Dashboard {
  /** With the token in its fragment, which browsers send to nobody. */
  readonly url: string;
  close(): Promise<void>;
}

const host = "127.0.0.1";
const usualPort = 6480;

/** Rejects with what to do if `port` cannot be had. Closes when the signal fires. */
export async function serveDashboard({ port, ...options }: ServeDashboardOptions): Promise<Dashboard> {
  const token = makeToken();
  const server = createDashboardServer({ ...options, token });
  await (port === undefined
    ? listen(server, usualPort).catch(() => listen(server, 0))
    : listen(server, port));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  options.signal.addEventListener("abort", () => void close(), { once: true });
  return { url: `http://${host}:${(server.address() as AddressInfo).port}/#token=${token}`, close };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(`Port ${port} of ${host} is taken: name another --port`, { cause: error })
          : error,
      ),
    );
    server.listen({ host, port, exclusive: true }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}
