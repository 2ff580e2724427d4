/** The endpoints that the trace which is shown leads to, so that the drawing shows its whole way. */
import { signal } from "@preact/signals";

/** Addresses without ports; empty while no trace is shown. */
export const tracedAddresses = signal<ReadonlySet<string>>(new Set());
