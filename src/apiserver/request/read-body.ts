/** Request bodies: read whole, up to a limit. */
import type { IncomingMessage } from "node:http";
import { badRequest, requestEntityTooLarge } from "../errors.ts";

/** etcd's and kube-apiserver's limit for one request. */
export const maxBodyBytes = 3 * 1024 * 1024;
/** A client that is told "too large" may still be sending; so much is thrown away before the connection is cut. */
const maxDiscardedBytes = 16 * 1024 * 1024;

/** Resolves with no bytes when there is no body. Throws RequestEntityTooLarge; BadRequest when the client goes away. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
    else {
      chunks.length = 0;
      reject(requestEntityTooLarge(`limit is ${maxBodyBytes}`));
      if (bytes > maxDiscardedBytes) request.destroy();
    }
  });
  request.once("end", () => resolve(Buffer.concat(chunks)));
  request.once("error", () => reject(badRequest("the request body could not be read")));
  request.once("close", () => reject(badRequest("the client closed the connection")));
  return promise;
}
