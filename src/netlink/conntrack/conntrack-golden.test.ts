import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  encodeCountFlows,
  encodeDeleteFlow,
  encodeListFlows,
  type Flow,
  IPPROTO_UDP,
  IPS_ASSURED,
} from "./index.ts";

function flow(family: Flow["family"], source: string, destination: string, sourcePort: number): Flow {
  return {
    family,
    protocol: IPPROTO_UDP,
    original: { source, destination, sourcePort, destinationPort: 53 },
    reply: { source: destination, destination: source, sourcePort: 53, destinationPort: sourcePort },
    status: 0,
    zone: 0,
    mark: 0,
    timeoutSeconds: 300,
  };
}

const messages: Readonly<Record<string, () => Uint8Array>> = {
  "-L": () => encodeListFlows(),
  "-L -f ipv6": () => encodeListFlows({ family: "IPv6" }),
  "-L --status ASSURED": () => encodeListFlows({ status: IPS_ASSURED }),
  "-C": () => encodeCountFlows(),
  "-D -p udp -s 10.0.0.1 -d 10.0.0.2 --sport 1000 --dport 53": () =>
    encodeDeleteFlow(flow("IPv4", "10.0.0.1", "10.0.0.2", 1000)),
  "-D -p udp -s fd00::1 -d fd00::2 --sport 1001 --dport 53": () =>
    encodeDeleteFlow(flow("IPv6", "fd00::1", "fd00::2", 1001)),
};

const golden = readFileSync(new URL("./testdata/conntrack.golden", import.meta.url), "utf8")
  .split("# conntrack ")
  .slice(1)
  .map((entry) => entry.split("\n"));

for (const [command = "", ...lines] of golden) {
  test(`the bytes of "conntrack ${command}"`, () => {
    const encode = messages[command];
    assert.ok(encode, "no message of this file is recorded so");
    const words =
      Buffer.from(encode())
        .toString("hex")
        .match(/.{1,8}/g) ?? [];
    const recorded = lines.filter((line) => line !== "");
    // Of deletions the part that counts is kept, so that the length at the start is another.
    const from = command.startsWith("-D") ? 1 : 0;
    assert.deepEqual(words.slice(from), recorded.slice(from));
  });
}

test("every message is compared with a recorded one", () => {
  const recorded = golden.map(([command]) => command);
  assert.deepEqual(Object.keys(messages).sort(), recorded.sort());
});

test("what cannot be asked for is refused", () => {
  assert.throws(() => encodeListFlows({ destinationPort: 53 }), /give the protocol too/);
  const { sourcePort: _, ...portless } = flow("IPv4", "10.0.0.1", "10.0.0.2", 1).original;
  assert.throws(
    () => encodeDeleteFlow({ ...flow("IPv4", "10.0.0.1", "10.0.0.2", 1), original: portless, protocol: 1 }),
    /Cannot delete a flow of protocol 1: it has no ports/,
  );
});
