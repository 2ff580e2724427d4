import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backend, type Target } from "../../forwarding/index.ts";
import { addressBytes, buildSourceFilter, runSourceFilter } from "../../kernel/index.ts";
import { admit, sourceFilterFor } from "./admission.ts";
import { forwardTo, makeFrontend, makeTable } from "./testing.ts";

const targets: readonly Target[] = [
  forwardTo(backend("10.180.0.1", 80, true)),
  { kind: "drop", reason: "no-local-endpoints" },
];
/** Few networks, so that clients are often inside them. */
const octet = fc.constantFrom(0, 1, 127, 128, 255);
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join("."));
const group = fc.constantFrom("0", "1", "7fff", "8000", "ffff");
const ipv6 = fc.array(group, { minLength: 7, maxLength: 7 }).map((groups) => `2001:${groups.join(":")}`);

for (const { family, address, bits } of [
  { family: "IPv4", address: ipv4, bits: 32 },
  { family: "IPv6", address: ipv6, bits: 128 },
] as const) {
  const cidrs = fc.array(
    fc.tuple(address, fc.nat(bits)).map(([base, prefix]) => `${base}/${prefix}`),
    { maxLength: 4 },
  );
  test(`the kernel's filter drops exactly the ${family} clients that are to be dropped`, () => {
    fc.assert(
      fc.property(
        fc.record({
          external: fc.constantFrom(...targets),
          internal: fc.constantFrom(...targets),
          ranges: fc.option(cidrs, { nil: undefined }),
          nodeAddresses: fc.array(address, { maxLength: 3 }),
          podCIDRs: cidrs,
          clients: fc.array(address, { minLength: 1, maxLength: 8 }),
        }),
        ({ external, internal, ranges, nodeAddresses, podCIDRs, clients }) => {
          const frontend = makeFrontend(80, external, {
            family,
            internal,
            ...(ranges && { sourceRanges: ranges }),
          });
          const scope = { ...makeTable(frontend), nodeAddresses, podCIDRs };
          const filter = sourceFilterFor(scope, frontend);
          const program = filter && buildSourceFilter(filter);
          for (const client of [...clients, ...nodeAddresses]) {
            const isDropped = admit(scope, frontend, client).kind === "drop";
            const verdict = program ? runSourceFilter(program, addressBytes(client) ?? []) : "pass";
            assert.equal(verdict, isDropped ? "drop" : "pass", client);
          }
        },
      ),
    );
  });
}
