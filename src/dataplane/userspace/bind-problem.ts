/** Says in words why a socket could not be had, and what to do. */
import { formatServicePortName, joinHostPort } from "../../forwarding/index.ts";
import { findPortOwner, formatPortOwner } from "../../kernel/index.ts";
import type { Problem } from "../dataplane.ts";
import type { WantedSocket } from "./wanted-sockets.ts";

/** Makes a Problem of an error of `listen` or `bind`. */
export async function describeBindFailure(wanted: WantedSocket, error: unknown): Promise<Problem> {
  const { frontend, address, protocol } = wanted;
  const { port } = frontend;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const subject = `Cannot listen on ${protocol} ${joinHostPort(address, port)} for "${formatServicePortName(frontend.service)}"`;
  const problem = (kind: Problem["code"], why: string): Problem => ({
    frontend: frontend.key,
    address,
    code: kind,
    message: `${subject}: ${why}`,
  });
  switch (code) {
    case "EADDRINUSE": {
      const owner = await findPortOwner({ protocol, address, port });
      const holder = owner ? formatPortOwner(owner) : "another process";
      return problem(
        "address-in-use",
        `the port is held by ${holder}; stop it or give the Service another port`,
      );
    }
    case "EADDRNOTAVAIL":
      return problem("address-not-available", "the address is not on this machine");
    case "EACCES":
    case "EPERM":
      return problem(
        "permission-denied",
        port < 1024 ? privilegedPort(port) : `the system does not allow it (${code})`,
      );
    default:
      return problem("failed", error instanceof Error ? error.message : String(error));
  }
}

function privilegedPort(port: number): string {
  return `ports below 1024 need a privilege; allow it with "sysctl -w net.ipv4.ip_unprivileged_port_start=${port}" or give the program CAP_NET_BIND_SERVICE`;
}
