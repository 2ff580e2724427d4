/** Says what the machine is that a bench ran on. */
import { availableParallelism, cpus, release, totalmem, type } from "node:os";

/** "2026-11-23: 2 x AMD EPYC, 24 GB, Linux 6.18.44, Node 24.21.0" */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const kernel = `${type()} ${release().split("-")[0]}`;
  const day = new Date().toISOString().slice(0, 10);
  return `${day}: ${availableParallelism()} x ${model}, ${memory}, ${kernel}, Node ${process.versions.node}`;
}
