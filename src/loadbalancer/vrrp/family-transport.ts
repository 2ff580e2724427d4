/** The way of one family's advertisements and announcements to the link and back. */
import {
  type MulticastSocket,
  type NamespaceHandle,
  openMulticastSocket,
  openPacketSocket,
  type PacketSocket,
} from "../../kernel/index.ts";
import {
  type Advertisement,
  encodeAdvertisement,
  type Ipv4Checksum,
  type ReceivedPacket,
  vrrpGroups,
  vrrpHopLimit,
  vrrpProtocol,
} from "./advertisement.ts";
import { announcementFrames } from "./announcement.ts";
import type { FaultLog } from "./fault-log.ts";
import type { LinkPlace } from "./link-facts.ts";
import type { Family } from "./virtual-router.ts";

export interface FamilyTransportOptions {
  readonly family: Family;
  readonly namespace?: NamespaceHandle;
  readonly ipv4Checksum: Ipv4Checksum;
  readonly faults: FaultLog;
  readonly receive: (packet: ReceivedPacket) => void;
}

interface OpenSockets {
  readonly place: LinkPlace;
  readonly multicast: MulticastSocket;
  readonly packet: PacketSocket;
}

export class FamilyTransport {
  readonly #options: FamilyTransportOptions;
  #open: OpenSockets | undefined;

  constructor(options: FamilyTransportOptions) {
    this.#options = options;
  }

  /** Where it sends from now; undefined while it cannot. */
  get place(): LinkPlace | undefined {
    return this.#open?.place;
  }

  /** Sends from there from now on. Throws SystemCallError if it cannot; it sends nothing then. */
  async use(place: LinkPlace | undefined): Promise<void> {
    if (JSON.stringify(place) === JSON.stringify(this.place)) return;
    this.close();
    if (!place) return;
    const { family, namespace, receive } = this.#options;
    const { linkIndex, source } = place;
    const packet = await openPacketSocket(linkIndex, namespace);
    try {
      const multicast = await openMulticastSocket(
        {
          family,
          protocol: vrrpProtocol,
          group: vrrpGroups[family],
          linkIndex,
          source,
          hopLimit: vrrpHopLimit,
          ...(namespace && { namespace }),
        },
        receive,
      );
      this.#open = { place, multicast, packet };
    } catch (error) {
      packet[Symbol.dispose]();
      throw error;
    }
  }

  /** Hands out what has arrived and was not read yet. */
  drain(): void {
    this.#open?.multicast.drain();
  }

  /** What cannot be sent is counted: others take it for silence, as they should. */
  advertise(advertisement: Advertisement): void {
    this.#attempt("not sent", (open) =>
      open.multicast.send(encodeAdvertisement(advertisement, open.place.source, this.#options.ipv4Checksum)),
    );
  }

  announce(addresses: readonly string[]): void {
    this.#attempt("not announced", ({ packet, place }) => {
      for (const address of addresses)
        for (const frame of announcementFrames(address, place.linkLayerAddress)) packet.send(frame);
    });
  }

  close(): void {
    this.#open?.multicast[Symbol.dispose]();
    this.#open?.packet[Symbol.dispose]();
    this.#open = undefined;
  }

  #attempt(fault: "not sent" | "not announced", send: (open: OpenSockets) => void): void {
    if (!this.#open) return;
    try {
      send(this.#open);
    } catch (error) {
      this.#options.faults.add(fault, { error: error instanceof Error ? error.message : String(error) });
    }
  }
}
