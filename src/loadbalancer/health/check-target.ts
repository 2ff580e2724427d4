/** CheckTarget: what is asked whether a backend serves. Several backends may share one. Pure. */
import { joinHostPort } from "../../forwarding/index.ts";

export type CheckTarget =
  | { readonly kind: "tcp"; readonly address: string; readonly port: number }
  | {
      readonly kind: "http" | "https";
      readonly address: string;
      readonly port: number;
      /** Begins with a slash. */
      readonly path: string;
      /** Sent as Host; the address if absent. */
      readonly host?: string;
    };

/** `tcp://192.0.2.11:30080`, `http://192.0.2.11:10256/healthz`: the same for the same question. */
export function checkKey(target: CheckTarget): string {
  const place = `${target.kind}://${joinHostPort(target.address, target.port)}`;
  if (target.kind === "tcp") return place;
  return target.host === undefined ? place + target.path : `${place}${target.path}#${target.host}`;
}
