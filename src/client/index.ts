/** client: how every component reads and writes any Kubernetes API. */
export type {
  ApiClient,
  DeleteOptions,
  Draft,
  ListParameters,
  ObjectKey,
  PatchType,
  WatchEvent,
  WatchParameters,
  WriteOptions,
} from "./api-client.ts";
export type { ClusterConfig, Credentials, TlsSettings } from "./cluster-config.ts";
export {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNamespaceTerminating,
  isNetworkError,
  isNotFound,
  isTooManyRequests,
  isUnauthorized,
  KubeconfigError,
  NetworkError,
  type NetworkErrorCode,
} from "./errors.ts";
export { createEventRecorder, type EventRecorder, type ObjectEvent } from "./event-recorder.ts";
export { type ApiClientOptions, createApiClient } from "./http-api-client.ts";
export { type LoadKubeconfigOptions, loadKubeconfig } from "./kubeconfig.ts";
export { type ListWatchCache, type ListWatchCacheOptions, openListWatchCache } from "./list-watch-cache.ts";
export { type Changes, objectKey } from "./object-changes.ts";
export {
  deployments,
  endpointSlices,
  endpoints,
  events,
  leases,
  namespaces,
  nodes,
  pods,
  type Resource,
  replicaSets,
  serviceCidrs,
  services,
} from "./resources.ts";
