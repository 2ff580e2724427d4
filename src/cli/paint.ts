/** Colour on a terminal alone. */
import { styleText } from "node:util";

export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

/** Returns the text as it is where the stream is no terminal. */
export function painter(stream: NodeJS.WriteStream): Paint {
  return (format, text) => (stream.isTTY ? styleText(format, text, { stream }) : text);
}
