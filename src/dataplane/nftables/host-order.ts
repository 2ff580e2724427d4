/** The byte order of this machine. */
export const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
