/** What a user is told of a virtual server that the kernel would not have. */
import type { Frontend } from "../../forwarding/forwarding-table.ts";
import { formatServicePortName } from "../../forwarding/frontend-key.ts";
import type { IpvsOperation } from "../../netlink/ipvs/index.ts";
import type { Problem } from "../dataplane.ts";
import { formatPlace, type ServerPlace } from "./server-place.ts";

export function refusalProblem(
  { key, service }: Pick<Frontend, "key" | "service">,
  place: ServerPlace,
  operation: IpvsOperation,
  code: string,
): Problem {
  const what = `Service "${formatServicePortName(service)}" has no virtual server at ${formatPlace(place)}`;
  const advice = adviceOf(operation, code);
  return { frontend: key, address: place.address, code: "failed", message: `${what}: ${advice}` };
}

function adviceOf(operation: IpvsOperation, code: string): string {
  if (code === "ENOENT" && (operation.kind === "add-server" || operation.kind === "change-server")) {
    const { scheduler } = operation.server;
    return `the kernel has no scheduler "${scheduler}"; load its module (modprobe ip_vs_${scheduler}) or choose another one`;
  }
  if (code === "EPROTONOSUPPORT" || code === "EAFNOSUPPORT")
    return `the kernel's IPVS does not know its protocol (${code})`;
  return `the kernel refused to ${operation.kind.replaceAll("-", " ")} (${code})`;
}
