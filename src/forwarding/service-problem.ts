/** ServiceProblem: something in a Service that cannot be followed. The rest of the Service works. */
export interface ServiceKey {
  readonly namespace: string;
  readonly name: string;
}

export interface ServiceProblem {
  readonly service: ServiceKey;
  readonly code: "invalid-proxy-protocol" | "invalid-source-range" | "invalid-address" | "address-taken";
  /** A sentence for the user: what is wrong, what follows from it, and what to do. */
  readonly message: string;
}

/** `default/web`: the key of a Service in maps and logs. */
export function formatServiceKey({ namespace, name }: ServiceKey): string {
  return `${namespace}/${name}`;
}
