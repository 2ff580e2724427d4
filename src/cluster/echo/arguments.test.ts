import assert from "node:assert/strict";
import { test } from "node:test";
import { parseEchoArguments } from "./arguments.ts";

for (const { args, port, expected } of [
  { args: [], port: undefined, expected: { port: 8080, proxyProtocol: false } },
  { args: [], port: "9090", expected: { port: 9090, proxyProtocol: false } },
  { args: ["--port", "1"], port: "9090", expected: { port: 1, proxyProtocol: false } },
  {
    args: ["--port=65535", "--proxy-protocol"],
    port: undefined,
    expected: { port: 65_535, proxyProtocol: true },
  },
]) {
  test(`echo ${args.join(" ")} with PORT=${port} listens on ${expected.port}`, () => {
    assert.deepEqual(parseEchoArguments(args, port), expected);
  });
}

for (const { args, port, message } of [
  { args: ["--port", "0"], port: undefined, message: /"0" is no port/ },
  { args: ["--port", "65536"], port: undefined, message: /"65536" is no port/ },
  { args: ["--port"], port: undefined, message: /"" is no port/ },
  { args: [], port: "http", message: /"http" is no port/ },
  { args: ["-v"], port: undefined, message: /-v means nothing here: write \[--port N\]/ },
]) {
  test(`echo ${args.join(" ")} with PORT=${port} is refused`, () => {
    assert.throws(() => parseEchoArguments(args, port), message);
  });
}
