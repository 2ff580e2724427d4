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

await using node = await openKernelNode(nodeAddress);
await fill(node, Number(others), endpointsOfOthers, nodePortsOfOthers);
await node.write("POST", servicesPath, serviceObject("measured", "NodePort", Number(nodePort)));
await node.write("POST", slicesPath, sliceObject("measured", Number(podPort), [podAddress]));
node.startProxy();
while (!isForwarded()) await delay(50);
console.log("ready");
await once(process.stdin.resume(), "end");

function isForwarded(): boolean {
  try {
    const args = ["list", "map", "ip", "porthole", "backends"];
    return execFileSync("nft", args, { encoding: "utf8", stdio: "pipe" }).includes(podAddress);
  } catch {
    return false;
  }
}
