/** `change-endpoints.ts URL TOKEN SERVICES NODES ENDPOINTS PER-SECOND`: changes endpoints until it is ended, evenly. A process of its own, so that what it costs is not the measurer's. */
import { request } from "node:https";
import { changeEndpoint } from "../../test/support/dashboard-objects.ts";

const [url = "", token = "", ...numbers] = process.argv.slice(2);
const [services = 0, nodes = 0, endpoints = 0, perSecond = 0] = numbers.map(Number);
const tickMs = 50;

function call(method: string, path: string, body?: unknown, contentType = "application/json") {
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": contentType };
    const options = { method, headers, rejectUnauthorized: false };
    const sent = request(`${url}${path}`, options, (response) => {
      response.resume().on("end", () => resolve({ status: response.statusCode ?? 0, body: undefined }));
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

let changed = 0;
const startedAt = performance.now();
setInterval(() => {
  const due = ((performance.now() - startedAt) * perSecond) / 1000;
  for (; changed < due; changed++) {
    // A step that shares no factor with the number of Services visits all of them.
    const index = (changed * 37) % services;
    const size = { services, nodes, endpoints };
    changeEndpoint({ call }, index, 1 + Math.floor(changed / services), size).catch((error: Error) => {
      console.error(error.message);
      process.exit(1);
    });
  }
}, tickMs);
