/** `bulk-client.ts ADDRESS down|up STREAMS SECONDS`: prints how many bytes a second it moved. For network namespaces, which a bench itself is not in. */
import { moveBytes } from "../userspace/streams.ts";

const [address = "", way = "", streams = "", seconds = ""] = process.argv.slice(2);
console.log(await moveBytes(address, way === "up" ? "up" : "down", Number(streams), Number(seconds)));
process.exit(0);
