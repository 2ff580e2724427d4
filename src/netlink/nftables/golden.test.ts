import assert from "node:assert/strict";
import { test } from "node:test";
import { readMessageHeader } from "../codec/index.ts";
import { expressionKinds } from "./expr/expression.ts";
import { formatExpression, Transaction } from "./index.ts";
import { messages } from "./messages.ts";
import { bytesOf, cases, goldenOperations, goldenWords, testdata, wordsOf } from "./testing/golden.ts";

for (const name of cases) {
  test(`the operations of ${name}.nft are encoded to the bytes that nft sends`, () => {
    const transaction = new Transaction();
    for (const operation of goldenOperations(name)) transaction.add(operation);
    const encoded = transaction.messages().map(wordsOf);
    goldenWords(name).forEach((words, index) => {
      const operation = transaction.operationOfMessage(index);
      assert.deepEqual(encoded[index], words, `message ${index}, ${operation?.kind}`);
    });
    assert.equal(encoded.length, goldenWords(name).length);
  });

  test(`the rules of ${name}.nft print as nft prints them`, () => {
    const printed = goldenOperations(name).flatMap((operation) =>
      "expressions" in operation ? operation.expressions.map(formatExpression) : [],
    );
    const said = [...testdata(`${name}.debug`).matchAll(/^ {2}(\[ .* \])$/gm)].map(([, line = ""]) => line);
    // First nft prints the rules that are there already.
    assert.deepEqual(printed, said.slice(said.length - printed.length));
  });
}

test("every kind of expression is in the recordings", () => {
  const found = new Set(
    cases
      .flatMap(goldenOperations)
      .flatMap((operation) =>
        "expressions" in operation ? operation.expressions.map(({ kind }) => kind) : [],
      ),
  );
  assert.deepEqual(
    expressionKinds.filter((kind) => !found.has(kind)),
    [],
  );
  assert.equal(found.has("unknown"), false);
});

test("what nft sends holds no attribute that the tables do not know", () => {
  for (const name of cases) {
    for (const words of goldenWords(name)) {
      const message = bytesOf(words);
      const format = Object.values(messages).find(({ type }) => type === readMessageHeader(message).type);
      assert.doesNotMatch(JSON.stringify(format?.decode(message), bigintText), /"unknown":|"kind":"unknown"/);
    }
  }
});

function bigintText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
