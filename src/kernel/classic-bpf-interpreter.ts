/** Says what the kernel would do with a source filter, for tests. Pure. */
import { endianness } from "node:os";
import type { SourceFilterProgram } from "./classic-bpf.ts";

/**
 * Runs a program on a packet that has these bytes, 4 or 16, as its source address. Throws on an instruction that
 * buildSourceFilter does not write.
 */
export function runSourceFilter(program: SourceFilterProgram, source: ArrayLike<number>): "pass" | "drop" {
  const view = new DataView(program.buffer, program.byteOffset);
  const packet = new DataView(Uint8Array.from(source).buffer);
  const little = endianness() === "LE";
  // SKF_NET_OFF and the offset of the source address in the network header.
  const sourceAt = -0x100000 + (source.length === 4 ? 12 : 8);
  let accumulator = 0;
  for (let pc = 0; ; pc += 1) {
    const code = view.getUint16(pc * 8, little);
    const k = view.getUint32(pc * 8 + 4, little);
    switch (code) {
      case 0x20:
        accumulator = packet.getUint32((k | 0) - sourceAt);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x15:
        pc += view.getUint8(pc * 8 + (accumulator === k ? 2 : 3));
        break;
      case 0x05:
        pc += k;
        break;
      case 0x06:
        return k === 0 ? "drop" : "pass";
      default:
        throw new RangeError(`Cannot run a source filter: unknown instruction 0x${code.toString(16)}`);
    }
  }
}
