/** What the iptables dataplane measures beyond other ones, under kube-proxy's names (pkg/proxy/metrics/metrics.go). */
import type { Family } from "../../forwarding/forwarding-table.ts";
import { askedCounter, createCounter, createGauge, type Labels } from "../../lib/exposition.ts";
import { families, type SyncKind } from "../sync-metrics.ts";
import { type TableName, tableNames } from "./ruleset.ts";

/** Numbers of rules are undefined before the first sync. */
export interface IptablesCounts {
  /** Rules of ours that the kernel has. */
  heldRules(family: Family, table: TableName): number | undefined;
  /** Rules that the last sync wrote. */
  writtenRules(family: Family, table: TableName): number | undefined;
  /** Packets of both families that conntrack could not place, and rules dropped. */
  droppedInvalid(): number;
}

export type IptablesMetrics = ReturnType<typeof createIptablesMetrics>;

const familyLabels: readonly Labels[] = families.map((ip_family) => ({ ip_family }));
const tableLabels: readonly Labels[] = families.flatMap((ip_family) =>
  tableNames.map((table) => ({ ip_family, table })),
);

export function createIptablesMetrics(counts: IptablesCounts) {
  const failures: Readonly<Record<SyncKind, ReturnType<typeof createCounter>>> = {
    full: createCounter(
      "kubeproxy_sync_proxy_rules_iptables_restore_failures_total",
      "Failed runs of iptables-restore that were to write everything that differed",
      familyLabels,
    ),
    partial: createCounter(
      "kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total",
      "Failed runs of iptables-restore that were to write what changed",
      familyLabels,
    ),
  };
  const all = [
    createGauge(
      "kubeproxy_sync_proxy_rules_iptables_total",
      "Rules of iptables that are there for Services",
      ({ ip_family, table }) => counts.heldRules(ip_family as Family, table as TableName),
      tableLabels,
    ),
    createGauge(
      "kubeproxy_sync_proxy_rules_iptables_last",
      "Rules that the last sync wrote",
      ({ ip_family, table }) => counts.writtenRules(ip_family as Family, table as TableName),
      tableLabels,
    ),
    failures.full,
    failures.partial,
    askedCounter(
      "kubeproxy_iptables_ct_state_invalid_dropped_packets_total",
      "Packets that were dropped because connection tracking could not place them",
      () => counts.droppedInvalid(),
    ),
  ];
  return {
    failed(ip_family: Family, kind: SyncKind): void {
      failures[kind].increase(1, { ip_family });
    },
    text: () => all.map((metric) => metric.text()).join(""),
  };
}
