import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTokenFile } from "./token-file.ts";

test("a token file gives each token its user", () => {
  const text = '# comment\n\nabc,alice,1,"dev,ops"\r\nxyz,bob,2\n"q""t",carol,3,system:masters\n';
  const tokens = parseTokenFile(text, "tokens.csv");
  assert.deepEqual(tokens.find("abc"), {
    name: "alice",
    uid: "1",
    groups: ["dev", "ops", "system:authenticated"],
  });
  assert.deepEqual(tokens.find("xyz")?.groups, ["system:authenticated"]);
  assert.equal(tokens.find('q"t')?.name, "carol");
  assert.equal(tokens.administrator, 'q"t');
  for (const wrong of ["", "ab", "abcd", "ABC"]) assert.equal(tokens.find(wrong), undefined, wrong);
});

test("a wrong line of a token file is named", () => {
  const refuse = (text: string, message: RegExp) =>
    assert.throws(() => parseTokenFile(text, "f"), { message });
  refuse("a,b,c\n,user,1", /f, line 2: the token is empty/);
  refuse("token", /f, line 1: the user name is missing/);
  refuse('a,b,c,"x', /f, line 1: a quote is not closed/);
  refuse("\n# nothing\n", /it holds no token/);
});

test("a token is compared by its digest, so that neither its length nor its beginning tells anything", () => {
  const token = "k".repeat(64);
  const tokens = parseTokenFile(`${token},u,1\n`, "f");
  for (let length = 0; length < 200; length += 1) {
    assert.equal(tokens.find("k".repeat(length))?.name, length === 64 ? "u" : undefined, `${length}`);
  }
});
