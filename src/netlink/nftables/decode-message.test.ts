import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NLMSG_HEADER_BYTES, WireError } from "../codec/index.ts";
import { decodeNfTablesMessage, formatNfTablesMessage, locateAttribute } from "./index.ts";
import { bytesOf, cases, goldenWords } from "./testing/golden.ts";

const messages = cases.flatMap((name) => goldenWords(name).map(bytesOf));
const damage = fc.array(fc.record({ place: fc.nat(), value: fc.nat(255) }), { minLength: 1, maxLength: 4 });

test("a message that was damaged gives a WireError or another value, and nothing else", () => {
  fc.assert(
    fc.property(fc.nat(messages.length - 1), damage, (index, changes) => {
      const message = Uint8Array.from(messages[index] ?? []);
      for (const { place, value } of changes)
        message[NLMSG_HEADER_BYTES + (place % (message.length - NLMSG_HEADER_BYTES))] = value;
      formatNfTablesMessage(message);
      locateAttribute(message, message.length - 4);
      try {
        decodeNfTablesMessage(message);
      } catch (error) {
        assert.ok(error instanceof WireError, String(error));
        assert.match(error.message, /^Cannot decode /);
      }
    }),
    { numRuns: 3000 },
  );
});

test("an event about a generation tells who made it", () => {
  const message = bytesOf([
    ...["2c000000", "0f0a0000", "00000000", "00000000", "00000007"],
    ...["08000100", "00000007", "08000200", "00001267", "08000300", "6e667400"],
  ]);
  assert.deepEqual(decodeNfTablesMessage(message), {
    kind: "generation",
    value: { generation: 7, pid: 4711, process: "nft" },
  });
});

test("a message of another kind is none of nf_tables'", () => {
  assert.equal(decodeNfTablesMessage(bytesOf(["10000000", "10000000", "00000000", "00000000"])), undefined);
});
