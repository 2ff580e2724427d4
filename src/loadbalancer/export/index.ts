/** export: configurations for load balancers of others. */
export { type ExportFormat, exportConfiguration, exportFormats } from "./export-configuration.ts";
export type { ExportModel } from "./export-model.ts";
export { frontendsOf } from "./frontends-of.ts";
export { exportOnce, keepFileCurrent } from "./keep-file-current.ts";
