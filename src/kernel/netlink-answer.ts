/** Sorts what the kernel answers by request. Pure. */
import {
  eachMessage,
  NLM_F_DUMP_INTR,
  readAcknowledgement,
  readMessageHeader,
} from "../netlink/codec/index.ts";
import type { NetlinkRefusal } from "./netlink-error.ts";

/** What the kernel answered to one request. */
export interface NetlinkAnswer {
  /** Messages other than acknowledgements: what was asked for, or an echo; headers included. */
  readonly messages: readonly Uint8Array[];
  /** The kernel said that it did what was asked. */
  readonly acknowledged: boolean;
  /** Present if the kernel refused. */
  readonly refusal?: NetlinkRefusal;
}

/** An answer while it is read. */
interface OpenAnswer {
  readonly messages: Uint8Array[];
  acknowledged: boolean;
  refusal?: NetlinkRefusal;
}

/** An answer of which nothing has come yet. */
export function emptyAnswer(): OpenAnswer {
  return { messages: [], acknowledged: false };
}

/** Adds a datagram's messages to the answers of the requests numbered from `firstSequence` on; others' are nobody's. */
export function addToAnswers(
  answers: readonly OpenAnswer[],
  firstSequence: number,
  datagram: Uint8Array,
): void {
  for (const message of eachMessage(datagram)) {
    const answer = answers[readMessageHeader(message).sequence - firstSequence];
    if (!answer) continue;
    const end = readAcknowledgement(message);
    if (!end) answer.messages.push(message);
    else if (end.errno > 0) answer.refusal = refusalOf(end);
    else answer.acknowledged = true;
  }
}

/** How far a dump came with one datagram. */
export interface DumpProgress {
  readonly ended: boolean;
  /** What is listed changed since the list began. */
  readonly interrupted: boolean;
  /** Present if the kernel refused. */
  readonly refusal?: NetlinkRefusal;
}

/** Hands a datagram's messages to `visit` as far as they belong to the dump of that number. */
export function readDump(
  datagram: Uint8Array,
  sequence: number,
  visit: (message: Uint8Array) => void,
): DumpProgress {
  let interrupted = false;
  for (const message of eachMessage(datagram)) {
    const header = readMessageHeader(message);
    if (header.sequence !== sequence) continue;
    interrupted ||= (header.flags & NLM_F_DUMP_INTR) !== 0;
    const end = readAcknowledgement(message);
    if (!end) visit(message);
    else if (end.errno > 0) return { ended: true, interrupted, refusal: refusalOf(end) };
    else return { ended: true, interrupted };
  }
  return { ended: false, interrupted };
}

function refusalOf({
  sequence: _,
  ...refusal
}: NetlinkRefusal & { readonly sequence: number }): NetlinkRefusal {
  return refusal;
}
