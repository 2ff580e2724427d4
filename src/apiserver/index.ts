export type { ApiServerOptions } from "./options.ts";
export { type RunningApiServer, startApiServer } from "./server.ts";
