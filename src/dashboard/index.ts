/** dashboard: the web page and what feeds it. */
export { type Dashboard, type ServeDashboardOptions, serveDashboard } from "./server/serve-dashboard.ts";
