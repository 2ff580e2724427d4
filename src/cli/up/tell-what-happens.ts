/** Follows the cluster's objects and shows their changes until it is told to stop. */
import type { KubeObject } from "../../api/meta.ts";
import {
  type ApiClient,
  endpointSlices,
  nodes,
  openListWatchCache,
  pods,
  type Resource,
  services,
} from "../../client/index.ts";
import { silentLogger } from "../../lib/log.ts";
import type { Console } from "./console.ts";
import { type Narrator, narrateEndpointSlice, narrateNode, narratePod, narrateService } from "./narrate.ts";

export function tellWhatHappens(client: ApiClient, show: Console, signal: AbortSignal): void {
  function follow<T extends KubeObject>(resource: Resource<T>, narrate: Narrator<T>): void {
    const cache = openListWatchCache({ client, resource, log: silentLogger, signal });
    cache.subscribe(({ added, updated, deleted }) => {
      const lines = [
        ...deleted.map((object) => narrate(object, undefined)),
        ...added.map((object) => narrate(undefined, object)),
        ...updated.map(({ previous, next }) => narrate(previous, next)),
      ];
      for (const line of lines.filter((told) => told !== undefined)) show.change(line);
    });
  }

  follow(nodes, narrateNode);
  follow(services, narrateService);
  follow(pods, narratePod);
  follow(endpointSlices, narrateEndpointSlice);
}
