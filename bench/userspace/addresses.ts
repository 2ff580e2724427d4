/** Where everything of the userspace bench listens: each subject has a node and a backend address of its own. */
export const httpPort = 31080;
export const bulkPort = 31081;

export interface Place {
  /** Where clients connect to. */
  readonly node: string;
  /** Where its backends listen: one address each, so that no subject meets the other's closing connections. */
  readonly backend: string;
}

export const directBackend = "127.3.65.1";

/** The place of the subject with that number, counted from 2 up. */
export function placeOf(index: number): Place {
  return { node: `127.3.64.${index}`, backend: `127.3.65.${index}` };
}
