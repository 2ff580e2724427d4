/** Writing at the reader's pace. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** A reader that takes nothing for so long is cut off. */
const stalledReaderMs = 30_000;
const sliceBytes = 256 * 1024;

/** Resolves when the response can take more. Rejects when the client is gone or the signal fires; cuts off a reader that stalls. */
export async function writeChunk(
  response: ServerResponse,
  chunk: string | Buffer,
  signal?: AbortSignal,
  patienceMs: number = stalledReaderMs,
): Promise<void> {
  if (response.write(chunk)) return;
  const patience = AbortSignal.timeout(patienceMs);
  const gone = new AbortController();
  const onClose = () => gone.abort();
  response.once("close", onClose);
  try {
    await once(response, "drain", {
      signal: AbortSignal.any([gone.signal, patience, ...(signal ? [signal] : [])]),
    });
  } catch (error) {
    if (patience.aborted) response.destroy();
    throw error;
  } finally {
    response.off("close", onClose);
  }
}

/** A large body goes out in slices, so that its encrypted copy is never held whole. */
export async function writeBody(response: ServerResponse, body: Buffer): Promise<void> {
  for (let from = 0; from + sliceBytes < body.length; from += sliceBytes) {
    await writeChunk(response, body.subarray(from, from + sliceBytes));
  }
  const rest = body.length % sliceBytes || Math.min(body.length, sliceBytes);
  response.end(body.subarray(body.length - rest));
}
