/** cluster: the node agent of a local cluster, and the image that is built in. */
export { killLeftPods } from "./previous-pods.ts";
export { type NodeOptions, runNode } from "./run-node.ts";
