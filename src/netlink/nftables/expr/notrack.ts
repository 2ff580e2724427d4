/** Keeps connection tracking from the packet: `[ notrack ]`. */
import { expression } from "./define.ts";

export const notrack = expression({}, () => "notrack");
