export { makeBackup } from "./backup/make-backup.ts";
export { restoreBackup } from "./backup/restore-backup.ts";
export type { ApiServerOptions } from "./options.ts";
export { type RunningApiServer, startApiServer } from "./server.ts";
