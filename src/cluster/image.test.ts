import assert from "node:assert/strict";
import { test } from "node:test";
import { echoPort, expandVariables, programOf } from "./image.ts";

test("a command wins over the image, and its arguments follow", () => {
  assert.deepEqual(programOf({ name: "a", image: "nginx", command: ["sh", "-c"], args: ["true"] }), {
    kind: "command",
    argv: ["sh", "-c", "true"],
  });
});

test("the echo image is known with tags and digests; other images are not", () => {
  for (const image of ["porthole/echo", "porthole/echo:1.0", "docker.io/porthole/echo:latest"])
    assert.equal(programOf({ name: "a", image }).kind, "echo");
  for (const image of ["nginx", "porthole/echoes", "evil/porthole/echo", ""])
    assert.equal(programOf({ name: "a", image }).kind, "unknown-image");
});

test("the echo image listens where its argument says, then its first port, then 8080", () => {
  const ports = [{ containerPort: 9000 }];
  assert.equal(echoPort({ name: "a", args: ["--port", "7"], ports }), 7);
  assert.equal(echoPort({ name: "a", ports }), 9000);
  assert.equal(echoPort({ name: "a" }), 8080);
});

test("variables expand as a kubelet expands them", () => {
  const env = { A: "1", "b.c": "2" };
  const table = [
    ["$(A)$(b.c)", "12"],
    ["$$(A)", "$(A)"],
    ["$(NONE) $A", "$(NONE) $A"],
    ["$$$(A)", "$1"],
  ] as const;
  for (const [text, expected] of table) assert.equal(expandVariables(text, env), expected, text);
});
