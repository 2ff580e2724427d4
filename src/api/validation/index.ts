/** Validation that several kinds, and the API server itself, share. */
export { validateLabelSelector } from "./labels.ts";
export { validateObjectMeta, validateObjectMetaUpdate } from "./object-meta.ts";
export { dnsSubdomainProblems, labelValueProblems, qualifiedNameProblems } from "./syntax.ts";
