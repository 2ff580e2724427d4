/** Reads the file that tells a load balancer what to do where there is no cluster to ask. Pure. */
import {
  canonicalAddress,
  familyOf,
  frontendKey,
  isCidr,
  joinHostPort,
  type Protocol,
} from "../../forwarding/index.ts";
import type { BalancedBackend, BalancedFrontend } from "../balanced-frontend.ts";
import { FieldReader, join } from "./field-reader.ts";
import { type ReadBackend, type ReadNode, readBackends, readNodes } from "./read-backends.ts";
import { type CheckSpec, readCheck, targetOf } from "./read-check.ts";

/** A file that cannot be used; one line for each thing that is wrong. */
export class BalancerConfigError extends Error {
  override readonly name = "BalancerConfigError";
}

interface Defaults {
  readonly nodes: readonly ReadNode[];
  readonly check: CheckSpec | undefined;
}

const frontendFields = [
  "name",
  "address",
  "port",
  "protocol",
  "nodePort",
  "nodes",
  "backends",
  "check",
  "affinitySeconds",
  "sourceRanges",
  "proxyProtocol",
];

/** Returns the frontends by key. `document` is what YAML or JSON held. Throws BalancerConfigError that names every wrong field. */
export function readBalancerConfig(document: unknown): ReadonlyMap<string, BalancedFrontend> {
  const reader = new FieldReader();
  const fields = reader.mapping("", document, ["nodes", "check", "frontends"]);
  const defaults: Defaults = {
    nodes: readNodes(reader, "nodes", fields?.nodes),
    check: readCheck(reader, "check", fields?.check),
  };
  const frontends = new Map<string, BalancedFrontend>();
  for (const { path, value } of reader.list("frontends", fields?.frontends)) {
    const frontend = readFrontend(reader, path, value, defaults);
    if (!frontend) continue;
    const { key, address, port } = frontend;
    if (frontends.has(key)) {
      const place = joinHostPort(address, port);
      reader.wrong(path, `another frontend has ${place} already: give it another address or port`);
    }
    frontends.set(key, frontend);
  }
  if (fields && frontends.size === 0 && reader.problems.length === 0)
    reader.wrong("frontends", "write at least one");
  if (reader.problems.length > 0) throw new BalancerConfigError(reader.problems.join("\n"));
  return frontends;
}

function readFrontend(
  reader: FieldReader,
  path: string,
  value: unknown,
  defaults: Defaults,
): BalancedFrontend | undefined {
  const fields = reader.mapping(path, value, frontendFields);
  if (!fields) return undefined;
  const at = (field: string) => join(path, field);
  const addressHint = 'write the IP address to listen on, like "192.0.2.1"';
  const address = reader.text(at("address"), fields.address, canonicalAddress, addressHint);
  const port = reader.integer(at("port"), fields.port, 1, 65_535);
  const protocol: Protocol =
    (fields.protocol !== undefined && reader.oneOf(at("protocol"), fields.protocol, ["TCP", "UDP"])) || "TCP";
  const family = address === undefined ? undefined : familyOf(address);
  if (address === undefined || family === undefined || port === undefined) return undefined;
  const check = readCheck(reader, at("check"), fields.check) ?? defaults.check ?? defaultCheck(protocol);
  if (check.type === "tcp" && check.port === undefined && protocol === "UDP")
    reader.wrong(
      at("check"),
      "a UDP port cannot be asked by TCP: give the check a port, or write {type: none}",
    );
  const name = fields.name === undefined ? undefined : readName(reader, at("name"), fields.name);
  return {
    key: frontendKey("LoadBalancerIP", family, protocol, address, port),
    service: { namespace: "file", name: name ?? joinHostPort(address, port), port: "" },
    address,
    family,
    protocol,
    port,
    backends: backendsOf(readTargets(reader, path, fields, defaults), check),
    ...readOptions(reader, path, fields),
  };
}

function readName(reader: FieldReader, path: string, value: unknown): string | undefined {
  const hint = "write a name of letters, digits, dots and dashes";
  return reader.text(path, value, (text) => (/^[\w.-]{1,253}$/.test(text) ? text : undefined), hint);
}

/** Either `backends`, or `nodePort` and `nodes`. */
function readTargets(
  reader: FieldReader,
  path: string,
  fields: Readonly<Record<string, unknown>>,
  defaults: Defaults,
): readonly ReadBackend[] {
  const at = (field: string) => join(path, field);
  if (fields.backends !== undefined) {
    if (fields.nodePort !== undefined || fields.nodes !== undefined)
      reader.wrong(path, "write either backends, or nodePort and nodes");
    return readBackends(reader, at("backends"), fields.backends);
  }
  const port = reader.integer(at("nodePort"), fields.nodePort, 1, 65_535);
  const nodes = fields.nodes === undefined ? defaults.nodes : readNodes(reader, at("nodes"), fields.nodes);
  if (nodes.length === 0) reader.wrong(at("nodes"), "name at least one node, here or for all frontends");
  return port === undefined ? [] : nodes.map((node) => ({ ...node, port }));
}

function readOptions(
  reader: FieldReader,
  path: string,
  { affinitySeconds, sourceRanges, proxyProtocol }: Readonly<Record<string, unknown>>,
): Pick<BalancedFrontend, "affinitySeconds" | "sourceRanges" | "proxyProtocol"> {
  const seconds =
    affinitySeconds === undefined
      ? undefined
      : reader.integer(join(path, "affinitySeconds"), affinitySeconds, 1, 86_400);
  const ranges = reader
    .list(join(path, "sourceRanges"), sourceRanges)
    .flatMap(({ path, value }) => reader.text(path, value, cidr, 'write a range, like "192.0.2.0/24"') ?? []);
  const version =
    proxyProtocol === undefined
      ? undefined
      : reader.oneOf(join(path, "proxyProtocol"), proxyProtocol, ["v1", "v2"]);
  return {
    ...(seconds !== undefined && { affinitySeconds: seconds }),
    ...(sourceRanges !== undefined && { sourceRanges: ranges }),
    ...(version !== undefined && { proxyProtocol: version }),
  };
}

function cidr(text: string): string | undefined {
  return isCidr(text) ? text : undefined;
}

function defaultCheck(protocol: Protocol): CheckSpec {
  return { type: protocol === "TCP" ? "tcp" : "none" };
}

/** In the order of keys; of two with one key the first. */
function backendsOf(targets: readonly ReadBackend[], spec: CheckSpec): readonly BalancedBackend[] {
  const backends = new Map<string, BalancedBackend>();
  for (const { name, address, port, weight } of targets) {
    const key = joinHostPort(address, port);
    const check = targetOf(spec, address, port);
    if (!backends.has(key))
      backends.set(key, { key, address, port, node: name, weight, ...(check && { check }) });
  }
  return [...backends.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
