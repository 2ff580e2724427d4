/** Who answers: what the echo image says of itself and of the one who asked. */

export interface Identity {
  readonly pod: string;
  readonly namespace: string;
  readonly node: string;
  readonly address: string;
}

export interface Peer {
  readonly address: string;
  readonly port: number;
}

export function readIdentity(env: NodeJS.ProcessEnv): Identity {
  return {
    pod: env.POD_NAME ?? env.HOSTNAME ?? "?",
    namespace: env.POD_NAMESPACE ?? "?",
    node: env.NODE_NAME ?? "?",
    address: env.POD_IP ?? "?",
  };
}

/** One line of JSON: the form for programs, and for raw TCP and UDP. */
export function toJson(identity: Identity, client: Peer, more: object): string {
  return JSON.stringify({ ...identity, client: formatPeer(client), ...more });
}

/** A sentence for people. */
export function toText(identity: Identity, client: Peer): string {
  return `Hello from pod ${identity.pod} on ${identity.node} (${identity.address}), you are ${formatPeer(client)}\n`;
}

function formatPeer({ address, port }: Peer): string {
  const plain = address.replace(/^::ffff:/, "");
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}
