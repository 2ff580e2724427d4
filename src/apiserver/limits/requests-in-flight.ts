/** RequestsInFlight: how many requests are worked on at once (apiserver/pkg/server/filters/maxinflight.go). */
import type { RequestAttributes } from "../auth/request-attributes.ts";
import { administrators, type User } from "../auth/user.ts";
import { type Answer, textAnswer } from "../http/answer.ts";

export interface InFlightLimits {
  /** kube-apiserver's --max-requests-inflight: requests that only read. 0: no limit. */
  readonly reading: number;
  /** kube-apiserver's --max-mutating-requests-inflight. 0: no limit. */
  readonly mutating: number;
}

export const defaultInFlightLimits: InFlightLimits = { reading: 400, mutating: 200 };

export interface RequestsInFlight {
  /** The function ends what was begun; undefined when there is no room. */
  begin(user: User | undefined, attributes: RequestAttributes): (() => void) | undefined;
}

const readingVerbs: readonly string[] = ["get", "list", "watch"];
const endlessVerbs: readonly string[] = ["watch", "proxy"];
const endlessSubresources: readonly string[] = ["attach", "exec", "proxy", "log", "portforward"];

/** Administrators are never refused: somebody must be able to look at a server that is overrun. */
export function createRequestsInFlight(limits: InFlightLimits): RequestsInFlight {
  const running = { reading: 0, mutating: 0 };
  return {
    begin(user, attributes) {
      if (isEndless(attributes) || user?.groups.includes(administrators)) return noEnd;
      const sort = readingVerbs.includes(attributes.verb) ? "reading" : "mutating";
      if (limits[sort] > 0 && running[sort] >= limits[sort]) return undefined;
      running[sort] += 1;
      let ended = false;
      return () => {
        if (!ended) running[sort] -= 1;
        ended = true;
      };
    },
  };
}

function noEnd(): void {}

/** Watches and streams last as long as their clients want; connections have a bound of their own. */
function isEndless(attributes: RequestAttributes): boolean {
  if (attributes.kind === "path") return false;
  return endlessVerbs.includes(attributes.verb) || endlessSubresources.includes(attributes.subresource);
}

/** kube-apiserver's words; its header is what clients follow. */
export const tooManyRequests: Answer = {
  ...textAnswer(429, "Too many requests, please try again later.\n"),
  headers: { "Retry-After": "1" },
};
