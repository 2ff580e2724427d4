/** Whether tests can be run that make network namespaces of their own. */
import { existsSync } from "node:fs";

/** Why not, or false. Throws where CI=true: there they must run. */
export function whyNoKernelTests(): string | false {
  const reason = missing();
  if (reason && process.env.CI === "true") throw new Error(`CI must run kernel tests: ${reason}`);
  return reason;
}

function missing(): string | false {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.getuid?.() !== 0) return "making network namespaces needs root";
  if (!["/sbin/ip", "/usr/sbin/ip", "/bin/ip"].some((path) => existsSync(path)))
    return "iproute2 is not installed";
  return false;
}
