/** Reads nodes and backends: addresses, alone or with a name, a port and a weight. */
import { canonicalAddress, type Family, familyOf } from "../../forwarding/index.ts";
import { type FieldReader, join } from "./field-reader.ts";

export interface ReadNode {
  readonly name: string;
  readonly address: string;
  readonly family: Family;
  readonly weight: number;
}

export interface ReadBackend extends ReadNode {
  readonly port: number;
}

const maxWeight = 100;

/** Nodes of which one frontend's backends are made with its nodePort. */
export function readNodes(reader: FieldReader, path: string, value: unknown): readonly ReadNode[] {
  return reader.list(path, value).flatMap(({ path, value }) => {
    if (typeof value === "string") return readNode(reader, path, { address: value }, path);
    const fields = reader.mapping(path, value, ["name", "address", "weight"]);
    return fields ? readNode(reader, path, fields, join(path, "address")) : [];
  });
}

export function readBackends(reader: FieldReader, path: string, value: unknown): readonly ReadBackend[] {
  return reader.list(path, value).flatMap(({ path, value }) => {
    const fields = reader.mapping(path, value, ["name", "address", "port", "weight"]);
    if (!fields) return [];
    const port = reader.integer(join(path, "port"), fields.port, 1, 65_535);
    const nodes = readNode(reader, path, fields, join(path, "address"));
    return port === undefined ? [] : nodes.map((node) => ({ ...node, port }));
  });
}

function readNode(
  reader: FieldReader,
  path: string,
  fields: Readonly<Record<string, unknown>>,
  addressPath: string,
): readonly ReadNode[] {
  const address = reader.text(
    addressPath,
    fields.address,
    canonicalAddress,
    'write an IP address, like "192.0.2.11"',
  );
  const family = address === undefined ? undefined : familyOf(address);
  const weight =
    fields.weight === undefined ? 1 : reader.integer(join(path, "weight"), fields.weight, 1, maxWeight);
  const name =
    fields.name === undefined
      ? address
      : reader.text(join(path, "name"), fields.name, (text) => text || undefined, "write a name");
  const isWhole = address !== undefined && family !== undefined && weight !== undefined && name !== undefined;
  return isWhole ? [{ name, address, family, weight }] : [];
}
