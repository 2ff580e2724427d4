/** How much longer than on a machine of its own everything may take: in tools/vm's each instruction is emulated. */
export const slowness = process.env.PORTHOLE_VM === "1" ? 6 : 1;
