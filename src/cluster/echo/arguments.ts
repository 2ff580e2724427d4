/** How the echo image is told what to do: its arguments, and PORT. Pure. */

export interface EchoArguments {
  readonly port: number;
  /** Every TCP connection starts with a PROXY protocol header. */
  readonly proxyProtocol: boolean;
}

const defaultPort = 8080;
const maxPort = 65_535;

/** Reads `[--port N] [--proxy-protocol]`; `port` is what PORT says. Throws a SyntaxError that says what can be written. */
export function parseEchoArguments(args: readonly string[], port: string | undefined): EchoArguments {
  let portText = port ?? String(defaultPort);
  let proxyProtocol = false;
  const words = args.flatMap((word) => (word.startsWith("--port=") ? ["--port", word.slice(7)] : [word]));
  for (let index = 0; index < words.length; index++) {
    if (words[index] === "--proxy-protocol") proxyProtocol = true;
    else if (words[index] === "--port") portText = words[++index] ?? "";
    else throw new SyntaxError(`${words[index]} means nothing here: write [--port N] [--proxy-protocol]`);
  }
  if (!/^\d{1,5}$/.test(portText) || Number(portText) > maxPort || Number(portText) === 0)
    throw new SyntaxError(`"${portText}" is no port: write a number from 1 to ${maxPort}`);
  return { port: Number(portText), proxyProtocol };
}
