/** Elements of one operation as messages, none larger than an attribute can be. */
import { MAX_ATTRIBUTE_BYTES, NLA_F_NESTED, WireError, Writer } from "../codec/index.ts";
import type { SetElement } from "./element.ts";
import { element as elementCodec } from "./messages.ts";
import { toElementValues } from "./set-element-codec.ts";

/** What an attribute can hold beside its own header. */
const ROOM = MAX_ATTRIBUTE_BYTES - 4;

/**
 * Returns the contents of NFTA_SET_ELEM_LIST_ELEMENTS, cut into pieces of less than 64 KiB: some 1,000 elements each. Throws
 * WireError.
 */
export function encodeElements(elements: readonly SetElement[]): readonly Uint8Array[] {
  const writer = new Writer(elements.length * 96 + 64);
  const cuts = [0];
  let pieceStart = 0;
  let index = 0;
  try {
    for (const element of elements) {
      index += 1;
      checkElement(element);
      const start = writer.startAttribute((index & 0x3fff) | NLA_F_NESTED);
      elementCodec.write(writer, toElementValues(element));
      writer.endAttribute(start);
      if (writer.length - pieceStart > ROOM) {
        pieceStart = start;
        cuts.push(start);
      }
    }
  } catch (error) {
    throw error instanceof WireError ? error.within(`.elements[${index - 1}]`).finish("encode") : error;
  }
  const bytes = writer.finish();
  if (bytes.length === 0) return [];
  return cuts.map((cut, piece) => bytes.subarray(cut, cuts[piece + 1] ?? bytes.length));
}

function checkElement({ key, keyEnd, catchAll }: SetElement): void {
  if (!key && !catchAll) throw new WireError("missing").within(".key");
  if (keyEnd && keyEnd.length !== key?.length)
    throw new WireError(`${keyEnd.length} bytes, ${key?.length ?? 0} expected`).within(".keyEnd");
}
