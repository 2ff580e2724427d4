/** What is asked of IPVS, and how its answers read. */
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST } from "../codec/index.ts";
import type {
  IpvsFamily,
  IpvsPlace,
  IpvsRealServer,
  IpvsRealServerState,
  IpvsServer,
  IpvsServerState,
} from "./ipvs.ts";
import {
  families,
  fromUnionAddress,
  IP_VS_CONN_F_MASQ,
  IP_VS_SVC_F_PERSISTENT,
  IP_VS_SVC_F_SCHED_MASK,
  IPVS_CMD_DEL_DEST,
  IPVS_CMD_DEL_SERVICE,
  IPVS_CMD_FLUSH,
  IPVS_CMD_GET_DEST,
  IPVS_CMD_GET_INFO,
  IPVS_CMD_GET_SERVICE,
  IPVS_CMD_NEW_DEST,
  IPVS_CMD_NEW_SERVICE,
  IPVS_CMD_SET_DEST,
  IPVS_CMD_SET_SERVICE,
  IPVS_GENL_VERSION,
  type IpvsFormat,
  ipvsFormat,
  toUnionAddress,
} from "./ipvs-message.ts";

/** One change of what IPVS holds. The kernel takes them one by one: there is no transaction. */
export type IpvsOperation =
  /** Refused with EEXIST if it is there, with ENOENT if there is no such scheduler. */
  | { readonly kind: "add-server"; readonly server: IpvsServer }
  /** Keeps real servers and connections. Refused with ESRCH if it is not there. */
  | { readonly kind: "change-server"; readonly server: IpvsServer }
  /** With its real servers. Refused with ESRCH if it is not there. */
  | { readonly kind: "delete-server"; readonly place: IpvsPlace }
  /** Refused with EEXIST if it is there. */
  | { readonly kind: "add-real-server"; readonly place: IpvsPlace; readonly real: IpvsRealServer }
  /** Refused with ENOENT if it is not there. */
  | { readonly kind: "change-real-server"; readonly place: IpvsPlace; readonly real: IpvsRealServer }
  | {
      readonly kind: "delete-real-server";
      readonly place: IpvsPlace;
      readonly real: Pick<IpvsRealServer, "address" | "port">;
    };

const commands = {
  "add-server": IPVS_CMD_NEW_SERVICE,
  "change-server": IPVS_CMD_SET_SERVICE,
  "delete-server": IPVS_CMD_DEL_SERVICE,
  "add-real-server": IPVS_CMD_NEW_DEST,
  "change-real-server": IPVS_CMD_SET_DEST,
  "delete-real-server": IPVS_CMD_DEL_DEST,
} as const;

/** Requests to the family with this number, and their answers. */
export function ipvsRequests(familyNumber: number) {
  const format: IpvsFormat = ipvsFormat(familyNumber);
  const ask = (command: number, body: object, flags: number): Uint8Array =>
    format.encode({ command, version: IPVS_GENL_VERSION, ...body }, { flags: NLM_F_REQUEST | flags });
  return {
    change: (operation: IpvsOperation) => ask(commands[operation.kind], bodyOf(operation), NLM_F_ACK),
    info: () => ask(IPVS_CMD_GET_INFO, {}, 0),
    flush: () => ask(IPVS_CMD_FLUSH, {}, NLM_F_ACK),
    listServers: () => ask(IPVS_CMD_GET_SERVICE, {}, NLM_F_DUMP),
    listRealServers: (place: IpvsPlace) =>
      ask(IPVS_CMD_GET_DEST, { service: placeFields(place) }, NLM_F_DUMP),
    readServer: (message: Uint8Array) => readServer(format.decode(message)),
    readRealServer: (message: Uint8Array, family: IpvsFamily) =>
      readRealServer(format.decode(message), family),
  };
}

function bodyOf(operation: IpvsOperation): object {
  switch (operation.kind) {
    case "add-server":
    case "change-server":
      return { service: serverFields(operation.server) };
    case "delete-server":
      return { service: placeFields(operation.place) };
    case "add-real-server":
    case "change-real-server":
      return {
        service: placeFields(operation.place),
        destination: realFields(operation.place, operation.real),
      };
    default:
      return {
        service: placeFields(operation.place),
        destination: realPlace(operation.place, operation.real),
      };
  }
}

function placeFields(place: IpvsPlace) {
  const family = families[place.family];
  if ("fwmark" in place) return { family, fwmark: place.fwmark };
  return { family, protocol: place.protocol, address: toUnionAddress(place.address), port: place.port };
}

function serverFields({ place, scheduler, persistenceSeconds, schedulerFlags = 0 }: IpvsServer) {
  const persistent = persistenceSeconds === undefined ? 0 : IP_VS_SVC_F_PERSISTENT;
  return {
    ...placeFields(place),
    scheduler,
    flags: { flags: persistent | schedulerFlags, mask: 0xffffffff },
    timeout: persistenceSeconds ?? 0,
    // Each client for itself.
    netmask: place.family === "IPv4" ? 0xffffffff : 128,
  };
}

function realPlace({ family }: IpvsPlace, { address, port }: Pick<IpvsRealServer, "address" | "port">) {
  return { address: toUnionAddress(address), port, family: families[family] };
}

function realFields(place: IpvsPlace, real: IpvsRealServer) {
  return {
    ...realPlace(place, real),
    forwarding: IP_VS_CONN_F_MASQ,
    weight: real.weight,
    upperThreshold: 0,
    lowerThreshold: 0,
  };
}

type Message = ReturnType<IpvsFormat["decode"]>;

function readServer({ service }: Message): IpvsServerState | undefined {
  if (!service) return undefined;
  const { fwmark, protocol, address, port, scheduler = "", flags, timeout = 0, counters } = service;
  const family = service.family === families.IPv6 ? "IPv6" : "IPv4";
  const bits = flags?.flags ?? 0;
  const isByMark = fwmark !== undefined && fwmark !== 0;
  if (!isByMark && (protocol === undefined || !address || port === undefined)) return undefined;
  const schedulerFlags = bits & IP_VS_SVC_F_SCHED_MASK;
  return {
    place: isByMark
      ? { family, fwmark }
      : {
          family,
          protocol: protocol ?? 0,
          address: fromUnionAddress(family, address ?? new Uint8Array(16)),
          port: port ?? 0,
        },
    scheduler,
    ...((bits & IP_VS_SVC_F_PERSISTENT) !== 0 && { persistenceSeconds: timeout }),
    ...(schedulerFlags !== 0 && { schedulerFlags }),
    ...(counters && {
      counters: {
        connections: counters.connections ?? 0n,
        packetsIn: counters.packetsIn ?? 0n,
        packetsOut: counters.packetsOut ?? 0n,
        bytesIn: counters.bytesIn ?? 0n,
        bytesOut: counters.bytesOut ?? 0n,
      },
    }),
  };
}

function readRealServer({ destination }: Message, family: IpvsFamily): IpvsRealServerState | undefined {
  if (!destination?.address) return undefined;
  return {
    address: fromUnionAddress(family, destination.address),
    port: destination.port ?? 0,
    weight: destination.weight ?? 0,
    activeConnections: destination.activeConnections ?? 0,
    inactiveConnections: destination.inactiveConnections ?? 0,
    persistentConnections: destination.persistentConnections ?? 0,
  };
}
