/** Tells from the first bytes of a connection what its client speaks. */
import type { Socket } from "node:net";
import type { Peer } from "./identity.ts";
import { readProxyHeader } from "./proxy-header.ts";

export type Opening =
  | { readonly kind: "unclear" }
  /** Not a PROXY header where one must be. */
  | { readonly kind: "invalid" }
  | {
      readonly kind: "http" | "lines";
      /** Bytes of PROXY header before it. */
      readonly headerLength: number;
      /** Whom the header names. */
      readonly client?: Peer;
    };

const httpMethod = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) /;
const longestMethod = 8;

/** Pure. `isAll`: no more bytes will come. */
export function readOpening(bytes: Buffer, proxyProtocol: boolean, isAll: boolean): Opening {
  const header = proxyProtocol ? readProxyHeader(bytes) : { kind: "complete" as const, length: 0 };
  if (header.kind === "invalid") return header;
  if (header.kind === "incomplete") return { kind: isAll ? "invalid" : "unclear" };
  const start = bytes.toString("latin1", header.length, header.length + longestMethod);
  if (start.length < longestMethod && !start.includes("\n") && !isAll) return { kind: "unclear" };
  return {
    kind: httpMethod.test(start) ? "http" : "lines",
    headerLength: header.length,
    ...(header.client ? { client: header.client } : {}),
  };
}

/** Reads until it is clear what the client speaks, and gives the bytes behind the header back before it tells. */
export function sniffProtocol(
  socket: Socket,
  proxyProtocol: boolean,
  onClear: (kind: "http" | "lines", client: Peer | undefined) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  const decide = (isAll: boolean) => {
    const opening = readOpening(bytes, proxyProtocol, isAll);
    if (opening.kind === "unclear") return;
    socket.off("data", take);
    socket.off("end", end);
    if (opening.kind === "invalid") {
      socket.destroy();
      return;
    }
    // It is asked for again once somebody listens who can answer.
    socket.pause();
    const rest = bytes.subarray(opening.headerLength);
    if (rest.length > 0 && !isAll) socket.unshift(rest);
    onClear(opening.kind, opening.client);
    if (isAll) {
      if (rest.length > 0) socket.emit("data", rest);
      socket.emit("end");
    } else socket.resume();
  };
  const take = (chunk: Buffer) => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    decide(false);
  };
  const end = () => decide(true);
  socket.on("data", take);
  socket.on("end", end);
}
