/** diagnose: reads a cluster, asks its nodes, and examines what was found. */
import { type ApiClient, isForbidden } from "../../client/index.ts";
import { readClusterObjects, readEvents, readReports } from "../cluster-objects.ts";
import { forwardingStatus } from "../forwarding-status.ts";
import { UnknownPlaceError } from "../trace/place-packet.ts";
import { type Diagnosis, examine } from "./examine.ts";
import { gatherFacts } from "./facts.ts";
import { readThisMachine } from "./node-host.ts";
import { planProbes } from "./plan-probes.ts";
import { runProbes } from "./probe.ts";

export interface DoctorQuestion {
  /** `namespace/name` of the one Service to look at; all if absent. */
  readonly service?: string | undefined;
  /** Nobody but the API server is asked, and this machine is not looked at. */
  readonly apiOnly?: boolean;
}

export interface DoctorReport {
  readonly diagnoses: readonly Diagnosis[];
  /** Services whose NodePorts were not asked, since that would be too many. */
  readonly left: readonly string[];
  /** What this user may not list, and checks that need it saw nothing of: `events`. */
  readonly unread: readonly string[];
}

/**
 * Rejects with what the API answers if Services, EndpointSlices, Nodes or Pods cannot be listed, and with UnknownPlaceError if the Service is
 * not there.
 */
export async function diagnose(
  client: ApiClient,
  { service, apiOnly = false }: DoctorQuestion,
  signal?: AbortSignal,
): Promise<DoctorReport> {
  const unread: string[] = [];
  const ifAllowed = async <T>(what: string, list: Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await list;
    } catch (error) {
      if (!isForbidden(error)) throw error;
      unread.push(what);
      return [];
    }
  };
  const [objects, events, leases] = await Promise.all([
    readClusterObjects(client, signal),
    ifAllowed("events", readEvents(client, signal)),
    ifAllowed("leases in kube-system", readReports(client, signal)),
  ]);
  const isThere = objects.services.some(
    ({ metadata }) => `${metadata.namespace}/${metadata.name}` === service,
  );
  if (service !== undefined && !isThere) throw new UnknownPlaceError(`There is no Service "${service}"`);
  const { targets, left } = apiOnly ? { targets: [], left: [] } : planProbes(objects, service);
  const probes = await runProbes(targets);
  const { proxies } = forwardingStatus({ ...objects, leases }, Date.now());
  const here = apiOnly ? undefined : await readThisMachine(objects, proxies);
  const diagnoses = examine(gatherFacts(objects, events, probes, service, proxies, here));
  return { diagnoses, left, unread: unread.sort() };
}
