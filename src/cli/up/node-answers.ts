/** Asks the NodePorts of the local cluster until each node answers. */
import { setTimeout as delay } from "node:timers/promises";
import { get } from "../../lib/http.ts";
import type { NodePlan } from "./site.ts";

const retryDelayMs = 20;
const answerTimeoutMs = 2000;

/** A TCP NodePort of a Service. */
export interface AnsweringPort {
  /** `default/demo-service` */
  readonly service: string;
  readonly port: number;
  /** IPv4, IPv6 or both. */
  readonly families: readonly string[];
  /** On every node, not only those that have a pod of it (externalTrafficPolicy). */
  readonly isEverywhere: boolean;
}

/** Where a node answers: at its address of each of the Service's families. Pure. */
export function urlsOf({ addresses }: NodePlan, { port, families }: AnsweringPort): readonly string[] {
  return addresses.flatMap((address) => {
    const isIPv6 = address.includes(":");
    if (!families.includes(isIPv6 ? "IPv6" : "IPv4")) return [];
    return [`http://${isIPv6 ? `[${address}]` : address}:${port}`];
  });
}

/** Resolves once the URL answers, whatever it says; rejects when the signal fires. */
export async function untilAnswers(url: string, signal: AbortSignal): Promise<void> {
  while (!(await answers(url))) await delay(retryDelayMs, undefined, { signal });
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: answerTimeoutMs, agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
