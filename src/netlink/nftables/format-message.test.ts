import assert from "node:assert/strict";
import { test } from "node:test";
import { formatNfTablesMessage } from "./format-message.ts";
import { bytesOf, goldenWords } from "./testing/golden.ts";

const lines = (name: string) => goldenWords(name).map((words) => formatNfTablesMessage(bytesOf(words)));

test("rules are printed with an expression a line", () => {
  assert.ok(
    lines("program").includes(
      [
        "NEWRULE ip porthole after-translation",
        "  [ ct load state => reg 1 ]",
        "  [ bitwise reg 1 = ( reg 1 & 0x00000008 ) ^ 0x00000000 ]",
        "  [ cmp neq reg 1 0x00000000 ]",
        "  [ payload load 4b @ network header + 16 => reg 1 ]",
        "  [ lookup reg 1 set service-cidrs ]",
        "  [ immediate reg 0 drop ]",
      ].join("\n"),
    ),
  );
});

test("elements are printed a line each", () => {
  const found = lines("sets");
  const elements = found.filter((text) => text?.startsWith("NEWSETELEM ip t frontends "));
  assert.match(
    elements[0] ?? "",
    /^NEWSETELEM ip t frontends id \d+\n\telement 0100000a 00000006 00005000 : 00000007 0 \[end\] comment "default\/web:http"$/,
  );
  const ranges = found.find((text) => text?.startsWith("NEWSETELEM ip t source-ranges "));
  assert.match(
    ranges ?? "",
    /\n\telement \S+ \S+ \S+ 0000000a - \S+ \S+ \S+ ffffff0a : 0 \[end\] comment "x"\n/,
  );
});

test("other messages are printed with their attributes' names", () => {
  assert.deepEqual(lines("changes")[0], "BATCH_BEGIN family=unspecified version=0 resource=10");
  assert.ok(
    lines("sets").includes(
      'NEWTABLE family=ip version=0 resource=0 table="t" flags=0 userdata={comment="the table"}',
    ),
  );
});

test("what is no message of nf_tables is left to others", () => {
  assert.equal(
    formatNfTablesMessage(
      bytesOf(["14000000", "10000000", "00000000", "00000000", "00000000"]).map((byte, index) =>
        index === 4 ? 0x20 : byte,
      ),
    ),
    undefined,
  );
  assert.equal(
    formatNfTablesMessage(bytesOf(["18000000", "000a0000", "00000000", "00000000", "02000000", "ff000100"])),
    undefined,
  );
});
