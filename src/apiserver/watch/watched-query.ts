/** `?watch=1` on one object is a watch of the collection for its name. */
import { noSuchPath } from "../errors.ts";
import type { ResourceTarget } from "../request/request-path.ts";

/** Throws NotFound for a place that the kind does not have. */
export function watchedQuery(
  query: URLSearchParams,
  namespaced: boolean,
  { namespace, name }: ResourceTarget,
): URLSearchParams {
  if (!namespaced && namespace !== undefined) throw noSuchPath();
  if (namespaced && namespace === undefined && name !== undefined) throw noSuchPath();
  if (name === undefined) return query;
  const named = new URLSearchParams(query);
  named.set("fieldSelector", `metadata.name=${name}`);
  return named;
}
