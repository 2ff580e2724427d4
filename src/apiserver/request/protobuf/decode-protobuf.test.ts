import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isApiStatusError } from "../../errors.ts";
import { decodeProtobuf } from "./decode-protobuf.ts";

/** One field: its number, and text, a message or a number. */
function field(number: number, value: string | Buffer | number): Buffer {
  if (typeof value === "number") return Buffer.concat([varint(number << 3), varint(value)]);
  const bytes = Buffer.from(value);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}

function envelope(kind: string, raw: Buffer): Buffer {
  const typeMeta = message(field(1, "v1"), field(2, kind));
  return Buffer.concat([Buffer.from("k8s\0"), field(1, typeMeta), field(2, raw), field(3, ""), field(4, "")]);
}

test("a Service is read as its JSON form has it, without zero values", () => {
  const metadata = message(
    field(1, "demo"),
    field(2, ""),
    field(8, ""),
    field(11, message(field(1, "app"), field(2, "x"))),
  );
  const targetPort = message(field(1, 0), field(2, 8080), field(3, ""));
  const port = message(
    field(1, "80-8080"),
    field(2, "TCP"),
    field(3, 80),
    field(4, targetPort),
    field(5, 30093),
  );
  const spec = message(
    field(1, port),
    field(2, message(field(1, "app"), field(2, "demo"))),
    field(4, "NodePort"),
    field(20, 0),
  );
  const body = envelope("Service", message(field(1, metadata), field(2, spec), field(3, field(1, ""))));
  assert.deepEqual(decodeProtobuf(body), {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "demo", labels: { app: "x" } },
    spec: {
      ports: [{ name: "80-8080", protocol: "TCP", port: 80, targetPort: 8080, nodePort: 30093 }],
      selector: { app: "demo" },
      type: "NodePort",
      allocateLoadBalancerNodePorts: false,
    },
    status: { loadBalancer: {} },
  });
});

test("a kind or field that is not known is refused, not dropped", () => {
  assert.throws(() => decodeProtobuf(envelope("Widget", Buffer.alloc(0))), {
    message: /kind "Widget" is not known/,
  });
  assert.throws(() => decodeProtobuf(envelope("Service", field(99, "x"))), {
    message: /field 99 of Service is not known/,
  });
});

test("no bytes make the decoder fail but with a Status", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const body of [Buffer.from(bytes), envelope("Service", Buffer.from(bytes))]) {
        try {
          decodeProtobuf(body);
        } catch (error) {
          assert.ok(isApiStatusError(error), String(error));
        }
      }
    }),
  );
});
