/** What iptables-restore must be told so that nothing of kube-proxy's iptables modes is left. Pure. */

/** The kubelet's own (pkg/kubelet/kubelet_network_linux.go): it looks after them, and others read them. */
const chainsOfKubelet = ["KUBE-FIREWALL", "KUBE-MARK-DROP", "KUBE-KUBELET-CANARY", "KUBE-IPTABLES-HINT"];

/**
 * Reads what iptables-save printed, and returns the input for `iptables-restore --noflush`; undefined if there is nothing to do. Rules of
 * other chains that lead to kube-proxy's go first, then the chains, in one transaction for each table.
 */
export function iptablesCleanup(saved: string): string | undefined {
  const parts = tablesOf(saved).flatMap(({ name, lines }) => {
    const chains = lines.flatMap((line) => /^:(KUBE-\S+)/.exec(line)?.[1] ?? []).filter(isOurs);
    if (chains.length === 0) return [];
    const jumps = lines.filter((line) => {
      const [, chain = "", target = ""] = /^-A (\S+) .*-[jg] (\S+)/.exec(line) ?? [];
      return chains.includes(target) && !chains.includes(chain);
    });
    return [
      `*${name}`,
      // Naming a chain empties it.
      ...chains.map((chain) => `:${chain} - [0:0]`),
      ...jumps.map((rule) => rule.replace(/^-A/, "-D")),
      ...chains.map((chain) => `-X ${chain}`),
      "COMMIT",
    ];
  });
  return parts.length === 0 ? undefined : `${parts.join("\n")}\n`;
}

function isOurs(chain: string): boolean {
  return !chainsOfKubelet.includes(chain);
}

function tablesOf(saved: string): readonly { readonly name: string; readonly lines: readonly string[] }[] {
  return saved
    .split(/^\*/m)
    .slice(1)
    .map((section) => {
      const [name = "", ...lines] = section.split("\n");
      return { name, lines };
    });
}
