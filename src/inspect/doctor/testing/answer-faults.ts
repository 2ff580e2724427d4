/** Faults that are seen by asking: who refuses, who is silent. */
import { answered, type Fault, healthy, refused } from "./cluster.ts";

export const answerFaults: readonly Fault[] = [
  {
    id: "endpoint-refuses",
    name: "a program that listens on loopback alone",
    objects: healthy(),
    answers: ({ kind }) => (kind === "proxy-health" ? answered : refused),
    evidence: /10\.180\.1\.1:8080.* refuse/,
  },
  {
    id: "node-port-lacking",
    name: "one node that is silent",
    objects: healthy(),
    answers: ({ kind, node }) => (kind === "node-port" && node === "node-b" ? { kind: "silent" } : answered),
    evidence: /node-b \(192\.168\.0\.2:30080\) does not answer/,
  },
  {
    id: "node-port-silent",
    name: "a firewall before all nodes",
    objects: healthy(),
    answers: ({ kind }) => (kind === "node-port" ? { kind: "silent" } : answered),
    evidence: /node-a .* does not answer/,
  },
];
