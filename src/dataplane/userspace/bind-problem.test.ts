import assert from "node:assert/strict";
import { test } from "node:test";
import { backend } from "../../forwarding/index.ts";
import { describeBindFailure } from "./bind-problem.ts";
import { forwardTo, makeFrontend } from "./testing.ts";

const rows = [
  {
    name: "a privileged port",
    code: "EACCES",
    port: 80,
    problem: "permission-denied",
    says: /ip_unprivileged_port_start=80.*CAP_NET_BIND_SERVICE/,
  },
  {
    name: "a forbidden port",
    code: "EACCES",
    port: 30080,
    problem: "permission-denied",
    says: /does not allow it/,
  },
  {
    name: "an absent address",
    code: "EADDRNOTAVAIL",
    port: 80,
    problem: "address-not-available",
    says: /not on this machine/,
  },
  {
    name: "a port taken by nobody knows whom",
    code: "EADDRINUSE",
    port: 1,
    problem: "address-in-use",
    says: /another process/,
  },
  { name: "anything else", code: "EMFILE", port: 80, problem: "failed", says: /EMFILE/ },
] as const;

for (const { name, code, port, problem, says } of rows) {
  test(`describeBindFailure: ${name}`, async () => {
    const frontend = makeFrontend(port, forwardTo(backend("127.3.2.1", 80, true)));
    const wanted = { key: "", frontend, protocol: "TCP", address: "127.3.0.4" } as const;
    const described = await describeBindFailure(wanted, Object.assign(new Error(`listen ${code}`), { code }));
    assert.equal(described.code, problem);
    assert.match(described.message, says);
    assert.match(
      described.message,
      new RegExp(`^Cannot listen on TCP 127.3.0.4:${port} for "default/web": `),
    );
  });
}
