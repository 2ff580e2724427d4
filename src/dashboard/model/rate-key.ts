/** What a rate belongs to: a place, a Service and its port. Pure; shared with the page. */

/** `place`: a node's name, or `balancer`. `service`: `namespace/name`; `port`: its name, "" for an unnamed one. */
export function rateKey(place: string, service: string, port: string): string {
  return `${place}|${service}|${port}`;
}

/** The place of a key. */
export function placeOfRate(key: string): string {
  return key.slice(0, key.indexOf("|"));
}
