/** What a rootless cluster's two processes say to each other: the launcher on the host, and the cluster in its user namespace. */

/** A TCP port of the host that leads to an address inside. */
export interface PublishedPort {
  readonly listenAddress: string;
  /** 0 takes any free one. */
  readonly listenPort: number;
  readonly address: string;
  readonly port: number;
}

/** From inside: these ports are to be published, and no others. */
export interface PublishRequest {
  readonly ports: readonly PublishedPort[];
}

/** From the launcher: in the order of the request, the port that is listened on; undefined where it could not be had. */
export interface PublishAnswer {
  readonly listening: readonly (number | undefined)[];
}

/** Environment variable that tells the cluster where the launcher's files are. */
export const scratchVariable = "PORTHOLE_ROOTLESS_DIR";
/** A unix socket below it: such sockets do not belong to a network namespace, so that both sides reach it. */
export const relaySocketName = "relay.sock";
