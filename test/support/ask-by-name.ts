/**
 * `ask-by-name.ts URL ADDRESS [CA-FILE]`: asks ADDRESS, whatever the URL's host name resolves to, and prints `{"status": N, "body": "…"}`;
 * fails if nobody answers. For network namespaces, which a test itself is not in.
 */
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";

const [url = "", address = "", caFile] = process.argv.slice(2);
const timeoutMs = 5000;
const lookup: LookupFunction = (_name, options, done) =>
  options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4);
const request = url.startsWith("https:") ? httpsRequest : httpRequest;
const asked = request(url, {
  agent: false,
  lookup,
  headers: { accept: "application/json" },
  timeout: timeoutMs,
  ...(caFile && { ca: readFileSync(caFile) }),
});
asked.on("response", async (response) => {
  let body = "";
  for await (const part of response.setEncoding("utf8")) body += part;
  console.log(JSON.stringify({ status: response.statusCode, body }));
});
asked.on("timeout", () => asked.destroy(new Error("no answer")));
asked.on("error", (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
asked.end();
