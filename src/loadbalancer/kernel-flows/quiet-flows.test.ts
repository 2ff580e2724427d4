import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow } from "../../netlink/conntrack/index.ts";
import { probe, QuietFlows } from "./quiet-flows.ts";
import { ACK, FIN, type Segment } from "./tcp-segment.ts";

const flow: Flow = {
  family: "IPv4",
  protocol: 6,
  original: { source: "198.51.100.9", sourcePort: 5000, destination: "192.0.2.1", destinationPort: 80 },
  reply: { source: "10.0.0.7", sourcePort: 30080, destination: "10.0.0.1", destinationPort: 6000 },
  status: 0,
  zone: 0,
  mark: 0,
  timeoutSeconds: 1000,
};
const fromClient = (segment: Partial<Segment>): Segment => ({
  source: "198.51.100.9",
  sourcePort: 5000,
  destination: "192.0.2.1",
  destinationPort: 80,
  sequence: 100,
  acknowledgement: 900,
  flags: ACK,
  length: 0,
  ...segment,
});
const toClient = (segment: Partial<Segment>): Segment => ({
  ...fromClient({}),
  source: "192.0.2.1",
  sourcePort: 80,
  destination: "198.51.100.9",
  destinationPort: 5000,
  sequence: 900,
  acknowledgement: 150,
  ...segment,
});
/** Looked at every millisecond. */
const at = (ms: number) => ({ afterMs: ms - 1, beforeMs: ms });
const question = fromClient({ length: 50 });
const answer = toClient({ length: 30 });

test("a connection can be ended right behind an answer, at the numbers that come next", () => {
  const flows = new QuietFlows([flow]);
  flows.see(question, at(0));
  flows.see(answer, at(10));
  assert.deepEqual(flows.take(10.5), [], "more of the answer may come");
  assert.deepEqual(flows.take(12), [{ flow, toClient: 930, fromClient: 150 }]);
  assert.equal(flows.size, 0);
});

test("a connection is not ended while its client waits for an answer, nor when the next question may be on its way", () => {
  const flows = new QuietFlows([flow]);
  flows.see(question, at(0));
  assert.deepEqual(flows.take(2), []);
  flows.see(answer, at(10));
  flows.see(question, at(11));
  assert.deepEqual(flows.take(12.5), []);
  flows.see(answer, at(20));
  assert.deepEqual(flows.take(30), []);
});

test("an answer that may have come long before anybody looked is no sign", () => {
  const flows = new QuietFlows([flow]);
  flows.see(question, at(0));
  flows.see(answer, { afterMs: 2, beforeMs: 10 });
  assert.deepEqual(flows.take(11.5), []);
});

test("a repeated part of an answer does not turn the numbers back, which go round", () => {
  const flows = new QuietFlows([flow]);
  flows.see(toClient({ sequence: 0xffffffff, length: 30 }), at(0));
  flows.see(toClient({ sequence: 0xfffffff0, length: 5 }), at(1));
  assert.equal(flows.take(3)[0]?.toClient, 29);
});

test("a silent connection is probed once, and ended at the numbers that its client answers with", () => {
  const flows = new QuietFlows([flow]);
  assert.deepEqual(flows.takeSilent(500, 500), [flow]);
  assert.deepEqual(flows.takeSilent(500, 500), []);
  flows.see(toClient({ ...probe }), at(501));
  assert.deepEqual(flows.take(501), []);
  flows.see(fromClient({ sequence: 777, acknowledgement: 888 }), at(502));
  assert.deepEqual(flows.take(502), [{ flow, toClient: 888, fromClient: 777 }]);
});

test("a connection that was answered a while ago is silent, too", () => {
  const flows = new QuietFlows([flow]);
  flows.see(question, at(0));
  assert.deepEqual(flows.takeSilent(600, 500), [], "it waits for an answer");
  flows.see(answer, at(100));
  assert.deepEqual(flows.takeSilent(500, 500), []);
  assert.deepEqual(flows.takeSilent(601, 500), [flow]);
});

test("a connection whose client asks after the probe is left to its answer", () => {
  const flows = new QuietFlows([flow]);
  flows.takeSilent(500, 500);
  flows.see(fromClient({ sequence: 777, acknowledgement: 888 }), at(501));
  flows.see(fromClient({ sequence: 777, acknowledgement: 888, length: 9 }), at(501.5));
  assert.deepEqual(flows.take(502), []);
});

test("a connection that ends by itself, and one of others, is left alone", () => {
  const flows = new QuietFlows([flow]);
  flows.see(fromClient({ sourcePort: 5001, length: 9 }), at(1));
  flows.see(toClient({ flags: FIN | ACK }), at(2));
  assert.equal(flows.size, 0);
});
