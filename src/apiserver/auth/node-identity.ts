/** Which node a user is (kubernetes/pkg/auth/nodeidentifier). */
import type { User } from "./user.ts";

const prefix = "system:node:";
const nodesGroup = "system:nodes";

/** undefined for everybody else. */
export function nodeNameOf({ name, groups }: User): string | undefined {
  return name.startsWith(prefix) && groups.includes(nodesGroup) ? name.slice(prefix.length) : undefined;
}
