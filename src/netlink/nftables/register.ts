/** Registers: 0 takes the verdict, 1 to 4 are 16 bytes each, 8 to 23 the same memory in words of 4 bytes (enum nft_registers). */
import { type FixedCodec, u32be, WireError } from "../codec/index.ts";

export const register: FixedCodec<number> = {
  ...u32be,
  write(writer, value) {
    if (!Number.isInteger(value) || value < 0 || (value > 4 && value < 8) || value > 23)
      throw new WireError(`${value} is no register: use 0 for the verdict, 1 to 4, or 8 to 23`);
    u32be.write(writer, value);
  },
};
