/** exportConfiguration: the configuration of somebody else's load balancer, in full. */
import type { ExportFrontend, ExportModel } from "./export-model.ts";
import { formatEnvoy } from "./format-envoy.ts";
import { formatHaproxy } from "./format-haproxy.ts";
import { formatNginx } from "./format-nginx.ts";

export const exportFormats = ["haproxy", "nginx", "envoy"] as const;
export type ExportFormat = (typeof exportFormats)[number];

const formatters: Readonly<Record<ExportFormat, (frontends: readonly ExportFrontend[]) => string>> = {
  haproxy: formatHaproxy,
  nginx: formatNginx,
  envoy: formatEnvoy,
};

/** Pure. Returns a whole file, the same for the same model. What is left out is named in comments at its head. */
export function exportConfiguration(format: ExportFormat, { frontends }: ExportModel): string {
  const served = frontends.filter(({ backends }) => backends.length > 0);
  const empty = frontends.filter(({ backends }) => backends.length === 0);
  const comments = [
    "# Made by `porthole lb export`: changes are lost.",
    ...empty.map(({ name }) => `# Left out, since it has no nodes: ${name}`),
  ];
  return `${comments.join("\n")}\n${formatters[format](served)}\n`;
}
