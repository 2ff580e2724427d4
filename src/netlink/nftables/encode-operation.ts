/** Operations as messages. */

import {
  type MessageFormat,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
} from "../codec/index.ts";
import { encodeElements } from "./encode-elements.ts";
import { toSetValues } from "./encode-set.ts";
import { hookNumbers, messages, variants } from "./messages.ts";
import type { AddChain, Operation } from "./operation.ts";

/** Where messages go: each call writes one. */
export interface MessageSink {
  add<T>(format: MessageFormat<T>, value: T, flags: number): void;
  nextSetId(): number;
}

type Encoders = {
  readonly [K in Operation["kind"]]: (operation: Extract<Operation, { kind: K }>, sink: MessageSink) => void;
};

const ADDING = NLM_F_REQUEST | NLM_F_CREATE;

const encoders: Encoders = {
  "add-table": (operation, sink) => {
    const value = { ...headOf(operation), flags: operation.flags ?? 0, ...commentOf(operation) };
    sink.add(messages.newTable, value, NLM_F_REQUEST | exclusiveOf(operation));
  },
  "delete-table": (operation, sink) => sink.add(messages.deleteTable, headOf(operation), NLM_F_REQUEST),
  "add-chain": (operation, sink) => {
    const { chain } = operation;
    const value = { ...headOf(operation), chain, ...hookOf(operation), ...commentOf(operation) };
    sink.add(messages.newChain, value, ADDING | exclusiveOf(operation));
  },
  "delete-chain": (operation, sink) =>
    sink.add(messages.deleteChain, { ...headOf(operation), chain: operation.chain }, NLM_F_REQUEST),
  "flush-chain": (operation, sink) =>
    sink.add(messages.deleteRule, { ...headOf(operation), chain: operation.chain }, NLM_F_REQUEST),
  "add-rule": (operation, sink) => {
    const { chain, expressions, position, insert } = operation;
    const place = position === undefined ? {} : { position };
    const value = { ...headOf(operation), chain, expressions, ...place, ...commentOf(operation) };
    sink.add(messages.newRule, value, ADDING | (insert ? 0 : NLM_F_APPEND));
  },
  "replace-rule": (operation, sink) => {
    const { chain, handle, expressions } = operation;
    const value = { ...headOf(operation), chain, handle, expressions, ...commentOf(operation) };
    sink.add(messages.newRule, value, NLM_F_REQUEST | NLM_F_REPLACE);
  },
  "delete-rule": (operation, sink) => {
    const { chain, handle } = operation;
    sink.add(messages.deleteRule, { ...headOf(operation), chain, handle }, NLM_F_REQUEST);
  },
  "add-set": (operation, sink) => {
    const { set, id = sink.nextSetId() } = operation;
    const value = { ...headOf(operation), set, id, ...toSetValues(operation) };
    sink.add(messages.newSet, value, ADDING | exclusiveOf(operation));
  },
  "delete-set": (operation, sink) =>
    sink.add(messages.deleteSet, { ...headOf(operation), set: operation.set }, NLM_F_REQUEST),
  "flush-set": (operation, sink) =>
    sink.add(variants.flushElements, { ...headOf(operation), set: operation.set }, NLM_F_REQUEST),
  "add-elements": (operation, sink) => {
    const { set, setId, elements } = operation;
    const head = { ...headOf(operation), set, ...(setId !== undefined && { setId }) };
    for (const encoded of encodeElements(elements))
      sink.add(variants.newEncodedElements, { ...head, elements: encoded }, ADDING | exclusiveOf(operation));
  },
  "delete-elements": (operation, sink) => {
    const head = { ...headOf(operation), set: operation.set };
    for (const encoded of encodeElements(operation.elements))
      sink.add(variants.deleteEncodedElements, { ...head, elements: encoded }, NLM_F_REQUEST);
  },
};

/** Writes an operation's messages: one, or several for many elements, none for no elements. Throws WireError or RangeError. */
export function encodeOperation(operation: Operation, sink: MessageSink): void {
  const encoder = encoders[operation.kind] as (operation: Operation, sink: MessageSink) => void;
  encoder(operation, sink);
}

function headOf({ family, table }: Operation) {
  return { family, version: 0, resource: 0, table } as const;
}

function exclusiveOf({ exclusive }: { readonly exclusive?: boolean }): number {
  return exclusive ? NLM_F_EXCL : 0;
}

function hookOf({ family, base }: AddChain) {
  if (!base) return {};
  const { type, hook, priority, policy } = base;
  const number = hookNumbers(family)[hook];
  if (number === undefined)
    throw new RangeError(`Cannot hook a chain to ${hook}: tables of the family ${family} have no such hook`);
  return { type, ...(policy && { policy }), hook: { number, priority } };
}

function commentOf({ comment }: { readonly comment?: string }) {
  return comment === undefined ? {} : { userdata: { comment } };
}
