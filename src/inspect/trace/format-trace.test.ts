import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf } from "../../forwarding/testing/world.ts";
import { formatTrace, type TraceStyle } from "./format-trace.ts";
import { smallCluster } from "./testing.ts";
import { tracePacket } from "./trace-packet.ts";

const plain = (text: string) => text;
const style: TraceStyle = { good: plain, bad: plain, dim: plain, width: 100 };
const to = { address: addressOf("IPv4", "node-a"), port: 30_080, protocol: "TCP" } as const;

test("a trace is drawn from the client to the endpoints", () => {
  const trace = tracePacket(smallCluster(["a1", { pod: "b1", state: "unready" }]), to);
  assert.equal(
    formatTrace(trace, style),
    `a client outside the cluster
|
192.168.0.1:30080 TCP   node node-a, Ready
|  NodePort of default/demo-service (NodePort), port 80 to 8080
|  externalTrafficPolicy Cluster
|
>  10.180.1.1:8080  pod default/pod-a1 on node-a  ready
x  10.180.2.1:8080  pod default/pod-b1 on node-b  not ready, and does not serve
   the endpoint sees the node's address (policy Cluster: the answer must come back through this
      node)
=> forwarded to 10.180.1.1:8080
`,
  );
});

test("no line is wider than the terminal, with colour or without", () => {
  const trace = tracePacket(smallCluster(["a1", "b1", "c1"]), to);
  const styled = (text: string) => `\x1b[32m${text}\x1b[39m`;
  for (const paint of [plain, styled]) {
    const text = formatTrace(trace, { good: paint, bad: paint, dim: paint, width: 60 });
    for (const line of text.split("\n")) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: ECMA-48 sequences begin with ESC.
      const visible = line.replaceAll(/\x1b\[[0-9;]*m/g, "");
      assert.ok(visible.length <= 60, `${visible.length} columns: ${visible}`);
    }
  }
});

test("of many endpoints the first are shown and the rest counted", () => {
  const many = Array.from({ length: 30 }, (_, index) => `a${index + 1}`);
  const text = formatTrace(tracePacket(smallCluster(many), to), style);
  assert.equal(text.split("\n").filter((line) => line.startsWith(">")).length, 20);
  assert.match(text, / and 10 more\n/);
});
