/** Raw TCP: each line is answered with a line. */
import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";

/** A line that is longer is answered in pieces. */
const longestLine = 16 * 1024;

/** Answers until the client says that it has no more to send; what it sent behind the last line end is a line, too. */
export function answerLines(socket: Socket, answerTo: (line: string) => string): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const answer = (lines: readonly string[]) => {
    const text = lines.map((line) => `${answerTo(line.replace(/\r$/, ""))}\n`).join("");
    // A client that sends without reading is not read from either.
    if (text === "" || socket.write(text)) return;
    socket.pause();
    socket.once("drain", () => socket.resume());
  };
  socket.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    while (rest.length > longestLine) {
      lines.push(rest.slice(0, longestLine));
      rest = rest.slice(longestLine);
    }
    answer(lines);
  });
  socket.on("end", () => {
    rest += decoder.end();
    if (rest !== "") answer([rest]);
    socket.end();
  });
}
