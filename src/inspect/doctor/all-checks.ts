/** All checks, causes before what follows from them: findings are told in this order. */
import type { Check } from "./check.ts";
import { addressChecks } from "./checks/addresses.ts";
import { answerChecks } from "./checks/answers.ts";
import { endpointChecks } from "./checks/endpoints.ts";
import { hostChecks } from "./checks/hosts.ts";
import { nodePortChecks } from "./checks/node-ports.ts";
import { nodeChecks } from "./checks/nodes.ts";
import { policyChecks } from "./checks/policies.ts";
import { proxyChecks } from "./checks/proxies.ts";
import { reportChecks } from "./checks/reports.ts";
import { targetPortChecks } from "./checks/target-ports.ts";

export const allChecks: readonly Check[] = [
  ...hostChecks,
  ...nodeChecks,
  ...reportChecks,
  ...proxyChecks,
  ...targetPortChecks,
  ...endpointChecks,
  ...nodePortChecks,
  ...addressChecks,
  ...policyChecks,
  ...answerChecks,
];
