/** The lines of a watch: one JSON value each, as they come in. */
import { StringDecoder } from "node:string_decoder";
import { NetworkError } from "./errors.ts";

/** etcd refuses objects beyond 1.5 MB; JSON of what is stored as protobuf may be several times as large. */
const maxLineLength = 32 * 1024 * 1024;

/** Yields whole lines, without those that are empty. Throws NetworkError on a line that does not end. */
export async function* watchLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest: string[] = [];
  let restLength = 0;
  for await (const chunk of chunks) {
    const lines = decoder.write(chunk).split("\n");
    const last = lines.pop() ?? "";
    for (const line of lines) {
      const whole = rest.length === 0 ? line : rest.join("") + line;
      rest = [];
      restLength = 0;
      if (whole.length > 0) yield whole;
    }
    if (last.length > 0) rest.push(last);
    restLength += last.length;
    if (restLength > maxLineLength) {
      throw new NetworkError("protocol", `A watch event is longer than ${maxLineLength} characters`);
    }
  }
  if (restLength > 0) throw new NetworkError("closed", "The watch was cut in the middle of an event");
}
