/** Codecs of addresses, whose values are text. */
import { addressBytes, formatAddressBytes } from "../lib/address-bytes.ts";
import { type Codec, WireError } from "./codec/index.ts";

/** An IP address of either family, by its length. */
export const ipAddress: Codec<string> = {
  typeBits: 0,
  write(writer, value) {
    const bytes = addressBytes(value);
    if (!bytes) throw new WireError(`"${value}" is no IP address`);
    writer.bytes(bytes);
  },
  read({ bytes }, start, end) {
    if (end - start !== 4 && end - start !== 16)
      throw new WireError(`${end - start} bytes, 4 or 16 expected`);
    return formatAddressBytes(bytes.subarray(start, end));
  },
  format: String,
};

/** A link-layer address, `02:00:00:00:00:01`; some kinds of links have longer or shorter ones. */
export const linkLayerAddress: Codec<string> = {
  typeBits: 0,
  write(writer, value) {
    if (!/^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(value))
      throw new WireError(`"${value}" is no link-layer address`);
    writer.bytes(Buffer.from(value.replaceAll(":", ""), "hex"));
  },
  read: ({ bytes }, start, end) =>
    Array.from(bytes.subarray(start, end), (byte) => byte.toString(16).padStart(2, "0")).join(":"),
  format: String,
};
