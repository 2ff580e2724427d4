/** Reads the addresses that servers of the proxy listen on. */
import { familyOf, splitHostPort } from "../forwarding/index.ts";

/** `127.0.0.1:10256`, `[::]:10256`; "" is undefined: no server. Throws SyntaxError for anything else. */
export function parseBindAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  if (text === "") return undefined;
  const place = splitHostPort(text);
  if (!place || familyOf(place.address) === undefined || place.port > 65_535) {
    throw new SyntaxError(
      `Cannot listen on "${text}": write ADDRESS:PORT, such as 127.0.0.1:10256 or [::]:10256`,
    );
  }
  return { host: place.address, port: place.port };
}
