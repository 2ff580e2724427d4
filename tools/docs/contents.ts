/** What the documentation consists of, in the order in which it is read. Paths are relative to the repository. */

export interface Section {
  readonly title: string;
  readonly pages: readonly string[];
}

export const contents: readonly Section[] = [
  { title: "Porthole", pages: ["docs/index.md"] },
  {
    title: "Concepts",
    pages: [
      "docs/concepts/node-port.md",
      "docs/concepts/packet.md",
      "docs/concepts/policies.md",
      "docs/concepts/endpoints.md",
      "docs/concepts/load-balancing.md",
    ],
  },
  {
    title: "Guide",
    pages: [
      "docs/guide/laptop.md",
      "docs/guide/bare-metal.md",
      "docs/guide/existing-cluster.md",
      "docs/guide/own-balancer.md",
    ],
  },
  {
    title: "When it does not answer",
    pages: ["docs/troubleshooting.md", "docs/kube-proxy.md", "docs/migration.md"],
  },
  {
    title: "Parts",
    pages: [
      "docs/api-server.md",
      "docs/load-balancer.md",
      "docs/status.md",
      "docs/dashboard.md",
      "docs/security.md",
      "docs/benchmarks.md",
    ],
  },
  {
    title: "Reference",
    pages: ["docs/reference/commands.md", "docs/reference/checks.md", "docs/reference/metrics.md"],
  },
];

export const pagePaths: readonly string[] = contents.flatMap(({ pages }) => pages);
