/** The machine's byte order, in which netlink keeps its own lengths and most of rtnetlink's numbers. */
export const hostIsLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
