import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ConntrackSettings, conntrackSysctls } from "./conntrack-settings.ts";

describe("conntrackSysctls", () => {
  const rows: readonly [string, ConntrackSettings, number, Readonly<Record<string, number>>][] = [
    [
      "a small machine has the floor",
      {},
      2,
      { max: 131_072, tcp_timeout_established: 86_400, tcp_timeout_close_wait: 3600 },
    ],
    [
      "a large one has 32k a core",
      {},
      8,
      { max: 262_144, tcp_timeout_established: 86_400, tcp_timeout_close_wait: 3600 },
    ],
    [
      "a very large one has a million",
      {},
      128,
      { max: 1_048_576, tcp_timeout_established: 86_400, tcp_timeout_close_wait: 3600 },
    ],
    [
      "nothing for each core leaves the limit",
      { maxPerCore: 0, min: 5 },
      8,
      { tcp_timeout_established: 86_400, tcp_timeout_close_wait: 3600 },
    ],
    [
      "no times leave the times",
      { maxPerCore: 0, tcpEstablishedTimeout: 0, tcpCloseWaitTimeout: 0, udpTimeout: 0 },
      8,
      {},
    ],
    [
      "all that there is",
      {
        maxPerCore: 10,
        min: 50,
        tcpEstablishedTimeout: 2000,
        tcpCloseWaitTimeout: 1500,
        udpTimeout: 10_000,
        udpStreamTimeout: 20_000,
        tcpBeLiberal: true,
      },
      4,
      {
        max: 50,
        tcp_timeout_established: 2,
        tcp_timeout_close_wait: 1,
        udp_timeout: 10,
        udp_timeout_stream: 20,
        tcp_be_liberal: 1,
      },
    ],
  ];
  for (const [name, settings, cores, expected] of rows) {
    test(name, () => {
      const found = conntrackSysctls(settings, cores).map(({ key, value }) => [
        key.replace("net/netfilter/nf_conntrack_", ""),
        value,
      ]);
      assert.deepEqual(Object.fromEntries(found), expected);
    });
  }
});
