import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type IpvsOperation, type IpvsPlace, ipvsRequests } from "./index.ts";
import { IP_VS_SVC_F_SCHED_PORT } from "./ipvs.ts";
import { ipvsFormat } from "./ipvs-message.ts";

const byAddress: IpvsPlace = { family: "IPv4", protocol: 6, address: "10.96.0.1", port: 80 };
const byMark: IpvsPlace = { family: "IPv4", fwmark: 524289 };
const sixByAddress: IpvsPlace = { family: "IPv6", protocol: 17, address: "fd00::96", port: 53 };
const sixByMark: IpvsPlace = { family: "IPv6", fwmark: 7 };
const real = { address: "10.180.1.1", port: 8080 };

const operations: Readonly<Record<string, IpvsOperation>> = {
  "-A -t 10.96.0.1:80 -s rr -p 600": {
    kind: "add-server",
    server: { place: byAddress, scheduler: "rr", persistenceSeconds: 600 },
  },
  "-A -f 524289 -s wlc": { kind: "add-server", server: { place: byMark, scheduler: "wlc" } },
  "-A -f 7 -6 -s sh": { kind: "add-server", server: { place: sixByMark, scheduler: "sh" } },
  "-A -u [fd00::96]:53 -s mh -b mh-port": {
    kind: "add-server",
    server: { place: sixByAddress, scheduler: "mh", schedulerFlags: IP_VS_SVC_F_SCHED_PORT },
  },
  "-E -f 524289 -s lc": { kind: "change-server", server: { place: byMark, scheduler: "lc" } },
  "-a -t 10.96.0.1:80 -r 10.180.1.1:8080 -m -w 3": {
    kind: "add-real-server",
    place: byAddress,
    real: { ...real, weight: 3 },
  },
  "-a -f 7 -6 -r [fd00::1]:8080 -m -w 1": {
    kind: "add-real-server",
    place: sixByMark,
    real: { address: "fd00::1", port: 8080, weight: 1 },
  },
  "-e -t 10.96.0.1:80 -r 10.180.1.1:8080 -m -w 0": {
    kind: "change-real-server",
    place: byAddress,
    real: { ...real, weight: 0 },
  },
  "-d -t 10.96.0.1:80 -r 10.180.1.1:8080": { kind: "delete-real-server", place: byAddress, real },
  "-D -f 524289": { kind: "delete-server", place: byMark },
};

const golden = readFileSync(new URL("./testdata/ipvsadm.golden", import.meta.url), "utf8")
  .split("# ipvsadm ")
  .slice(1)
  .map((entry): readonly [command: string, message: Buffer] => {
    const [command = "", ...words] = entry.trim().split("\n");
    return [command, Buffer.from(words.join(""), "hex")];
  });

for (const [command, recorded] of golden) {
  const requests = ipvsRequests(recorded.readUInt16LE(4));
  const operation = operations[command];
  const sent = operation ? requests.change(operation) : requests.flush();
  // ipvsadm repeats the whole virtual server where the kernel only looks for it, and says how to tunnel to real servers that it translates to.
  const isWhole = /^-[AEC]/.test(command);

  test(`${isWhole ? "the bytes" : "the values"} of "ipvsadm ${command}"`, () => {
    if (isWhole) {
      assert.equal(Buffer.from(sent).toString("hex"), recorded.toString("hex"));
      return;
    }
    const format = ipvsFormat(recorded.readUInt16LE(4));
    assert.partialDeepStrictEqual(format.decode(recorded), format.decode(sent));
    assert.deepEqual(sent.subarray(4, 20), new Uint8Array(recorded.subarray(4, 20)), "the headers");
  });
}

test("every operation is compared with a recorded one", () => {
  assert.deepEqual(golden.map(([command]) => command).sort(), [...Object.keys(operations), "-C"].sort());
});
