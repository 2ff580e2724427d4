/**
 * The PROXY protocol header, which tells a backend who the client is. Pure.
 * Source: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
 */
import { addressBytes } from "../../kernel/index.ts";

export interface ProxiedConnection {
  readonly source: { readonly address: string; readonly port: number };
  /** The frontend's address that the client connected to; of the same family. */
  readonly destination: { readonly address: string; readonly port: number };
}

/** Builds the header of a TCP connection, version 1 (a line of text) or 2 (binary). */
export function buildProxyHeader(version: "v1" | "v2", connection: ProxiedConnection): Buffer {
  return version === "v1" ? buildVersion1(connection) : buildVersion2(connection);
}

function buildVersion1({ source, destination }: ProxiedConnection): Buffer {
  const family = source.address.includes(":") ? "TCP6" : "TCP4";
  return Buffer.from(
    `PROXY ${family} ${source.address} ${destination.address} ${source.port} ${destination.port}\r\n`,
    "latin1",
  );
}

const signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
/** Version 2 in the upper half, command PROXY in the lower. */
const versionAndCommand = 0x21;
/** Family in the upper half (1 AF_INET, 2 AF_INET6), SOCK_STREAM in the lower. */
const tcpOverIpv4 = 0x11;
const tcpOverIpv6 = 0x21;

function buildVersion2({ source, destination }: ProxiedConnection): Buffer {
  const from = addressBytes(source.address) ?? new Uint8Array(4);
  const to = addressBytes(destination.address) ?? new Uint8Array(4);
  const length = from.length + to.length + 4;
  return Buffer.from([
    ...signature,
    versionAndCommand,
    from.length === 4 ? tcpOverIpv4 : tcpOverIpv6,
    ...bigEndian(length),
    ...from,
    ...to,
    ...bigEndian(source.port),
    ...bigEndian(destination.port),
  ]);
}

function bigEndian(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}
