/** The lines of a stream of text, however it is cut into chunks. */

/** Holds at most one line; reads no further than its reader does. What stands after the last newline is no line. */
export async function* streamLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let pieces: string[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      yield pieces.join("") + chunk.slice(from, end);
      pieces = [];
      from = end + 1;
    }
    if (from < chunk.length) pieces.push(chunk.slice(from));
  }
}
