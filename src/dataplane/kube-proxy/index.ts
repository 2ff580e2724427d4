/** What kube-proxy leaves on a node, for whoever puts Porthole in its place. */
export { cleanupKubeProxy } from "./cleanup-kube-proxy.ts";
