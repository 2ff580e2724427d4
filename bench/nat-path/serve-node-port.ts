/**
 * Forwards NODE-PORT, TCP and UDP, of NODE-ADDRESS to POD-ADDRESS:POD-PORT beside OTHERS Services of ten endpoints. Prints `ready`; ends
 * when its standard input does.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import {
  fill,
  openKernelNode,
  serviceObject,
  servicesPath,
  sliceObject,
  slicesPath,
} from "../lab/kernel-node.ts";

const [nodeAddress = "", nodePort = "", podAddress = "", podPort = "", others = ""] = process.argv.slice(2);
const nodePortsOfOthers = 500;
const endpointsOfOthers = 10;

const stopped = once(process.stdin.resume(), "end");
await using node = await openKernelNode(nodeAddress);
await fill(node, Number(others), endpointsOfOthers, nodePortsOfOthers);
await node.write("POST", servicesPath, serviceObject("measured", "NodePort", Number(nodePort)));
await node.write("POST", slicesPath, sliceObject("measured", Number(podPort), [podAddress]));
node.startProxy();
await Promise.race([stopped, untilForwarded()]);
console.log("ready");
await stopped;

async function untilForwarded(): Promise<void> {
  while (!isForwarded()) await delay(50);
}

/** Backends are in the kernel before the places that lead to them. */
function isForwarded(): boolean {
  try {
    const element = `{ tcp . ${nodePort} }`;
    execFileSync("nft", ["get", "element", "ip", "porthole", "node-ports", element], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}
