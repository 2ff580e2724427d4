/** Kubernetes Events (core/v1): what happened to an object, for those who look at it with kubectl describe. */
import type { KubeEvent } from "../api/event.ts";
import type { KubeObject, ObjectReference } from "../api/meta.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { formatTime } from "../lib/rfc3339.ts";
import type { ApiClient } from "./api-client.ts";
import { isNamespaceTerminating, isNotFound } from "./errors.ts";
import { events } from "./resources.ts";
import { createTokenBuckets } from "./token-buckets.ts";

export interface ObjectEvent {
  readonly about: ObjectReference | KubeObject;
  readonly type: "Normal" | "Warning";
  /** `FailedScheduling` */
  readonly reason: string;
  readonly message: string;
}

export interface EventRecorder {
  /** Sends the Event in the background. It is dropped, with a debug line, when there are too many. */
  record(event: ObjectEvent): void;
  /** Resolves when all that was recorded up to now has been sent or given up. */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: ApiClient;
  readonly log: Logger;
  /** `porthole-scheduler` */
  readonly component: string;
  /** The node that the component runs on. */
  readonly host?: string;
  readonly clock?: Clock;
}

/** Where repeats of an Event are counted. */
interface Repeated {
  readonly name: string;
  readonly namespace: string;
  readonly count: number;
}

const maxQueued = 1_000;
const maxRemembered = 4_096;
/** client-go's spam filter: a burst of 25 Events about one object, then one every 5 minutes. */
const perObject = { burst: 25, refillMs: 300_000, maxKeys: 4_096 };
/** What the API server accepts. */
const maxMessageLength = 1_024;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, log, component, host, clock = systemClock } = options;
  const remembered = new Map<string, Repeated>();
  const buckets = createTokenBuckets(perObject, clock);
  let queued = 0;
  let tail: Promise<void> = Promise.resolve();

  const create = async (event: ObjectEvent, involvedObject: ObjectReference): Promise<Repeated> => {
    const now = formatTime(clock.now());
    const namespace = involvedObject.namespace ?? "default";
    const name = `${involvedObject.name}.${uniqueSuffix(clock.now())}`;
    await client.create<KubeEvent>(events, {
      metadata: { name, namespace },
      involvedObject,
      reason: event.reason,
      message: event.message.slice(0, maxMessageLength),
      type: event.type,
      source: { component, ...(host ? { host } : {}) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      reportingComponent: component,
      ...(host ? { reportingInstance: host } : {}),
    });
    return { name, namespace, count: 1 };
  };

  const repeat = async ({ name, namespace, count }: Repeated): Promise<Repeated> => {
    const body = { count: count + 1, lastTimestamp: formatTime(clock.now()) };
    await client.patch(events, { name, namespace }, "merge", body);
    return { name, namespace, count: count + 1 };
  };

  const send = async (event: ObjectEvent): Promise<void> => {
    const involvedObject = referenceTo(event.about);
    const key = JSON.stringify([
      involvedObject.uid,
      involvedObject.name,
      involvedObject.fieldPath,
      event.type,
      event.reason,
      event.message,
    ]);
    const earlier = remembered.get(key);
    let next: Repeated;
    try {
      next = earlier ? await repeat(earlier) : await create(event, involvedObject);
    } catch (error) {
      // The server forgets Events after an hour.
      if (!earlier || !isNotFound(error)) throw error;
      next = await create(event, involvedObject);
    }
    remembered.delete(key);
    remembered.set(key, next);
    const [oldest] = remembered.keys();
    if (remembered.size > maxRemembered && oldest !== undefined) remembered.delete(oldest);
  };

  return {
    record(event) {
      const { kind, namespace, name, uid } = referenceTo(event.about);
      const fields = { kind, namespace, name, reason: event.reason };
      if (queued >= maxQueued || !buckets.take(`${kind}/${namespace}/${name}/${uid}`)) {
        log.debug("Dropped an Event: too many", fields);
        return;
      }
      queued++;
      tail = tail
        .then(() => send(event))
        .catch((error) => {
          if (!isNamespaceTerminating(error)) {
            log.debug("Cannot record an Event", { ...fields, error: (error as Error).message });
          }
        })
        .finally(() => {
          queued--;
        });
    },
    flush: () => tail,
  };
}

function referenceTo(about: ObjectReference | KubeObject): ObjectReference {
  if (!("metadata" in about)) return about;
  const { apiVersion, kind, metadata } = about;
  const { namespace, name, uid, resourceVersion } = metadata;
  return { apiVersion, kind, ...(namespace ? { namespace } : {}), name, uid, resourceVersion };
}

let sequence = 0;

/** Names of Events end in hexadecimal nanoseconds. */
function uniqueSuffix(nowMs: number): string {
  sequence = (sequence + 1) % 1_000_000;
  return (BigInt(nowMs) * 1_000_000n + BigInt(sequence)).toString(16);
}
