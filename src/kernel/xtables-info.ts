/** The size of iptables' own tables in the kernel (`legacy`), which is another one after most changes. */
import { closeSync } from "node:fs";
import { enterNamespace } from "./enter-namespace.ts";
import { requireLibc } from "./ffi.ts";
import type { NamespaceHandle } from "./netlink-socket.ts";

export type XtablesFamily = "IPv4" | "IPv6";

export interface XtablesInfo {
  readonly entries: number;
  readonly bytes: number;
}

export interface XtablesReader extends Disposable {
  /** One question costs some 10 µs. Throws SystemCallError; a table that was not there is made, empty. */
  read(family: XtablesFamily, table: string): XtablesInfo;
}

// include/linux/socket.h, include/uapi/linux/in.h
const SOCK_RAW = 3;
const IPPROTO_RAW = 255;
/** Address family and socket level; include/uapi/linux/in.h: SOL_IP, include/linux/socket.h: SOL_IPV6. */
const domains: Readonly<Record<XtablesFamily, readonly [number, number]>> = { IPv4: [2, 0], IPv6: [10, 41] };
/** include/uapi/linux/netfilter_ipv4/ip_tables.h; IP6T_SO_GET_INFO is the same. */
const IPT_SO_GET_INFO = 64;
/** struct ipt_getinfo { char name[32]; unsigned int valid_hooks, hook_entry[5], underflow[5], num_entries, size; } */
const NAME_BYTES = 32;
const ENTRIES_AT = NAME_BYTES + 11 * 4;
const INFO_BYTES = ENTRIES_AT + 2 * 4;

/** Opens it for a network namespace, the process's own if none is given. Needs CAP_NET_ADMIN. */
export async function openXtablesReader(namespace?: NamespaceHandle): Promise<XtablesReader> {
  const libc = await requireLibc();
  const open = (family: XtablesFamily) => {
    const make = () => libc.socket("Cannot open a raw socket", domains[family][0], SOCK_RAW, IPPROTO_RAW);
    return namespace ? enterNamespace(libc, namespace.fd, namespace.name, make) : make();
  };
  const sockets = new Map<XtablesFamily, number>();
  return {
    read(family, table) {
      const fd = sockets.get(family) ?? open(family);
      sockets.set(family, fd);
      const data = Buffer.alloc(INFO_BYTES);
      data.write(table, 0, NAME_BYTES - 1, "latin1");
      libc.getOption(
        `Cannot ask for iptables' table ${table}`,
        fd,
        domains[family][1],
        IPT_SO_GET_INFO,
        data,
      );
      const word = (at: number) =>
        new Uint32Array(data.buffer.slice(data.byteOffset + at, data.byteOffset + at + 4))[0] ?? 0;
      return { entries: word(ENTRIES_AT), bytes: word(ENTRIES_AT + 4) };
    },
    [Symbol.dispose]() {
      for (const fd of sockets.values()) closeSync(fd);
    },
  };
}
