/** The tokens of a label selector: words, and the longest known runs of special characters. */

export interface SelectorToken {
  readonly kind: "word" | "symbol" | "end";
  readonly text: string;
}

const symbols: readonly string[] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];

export function tokenizeSelector(text: string): readonly SelectorToken[] {
  const tokens: SelectorToken[] = [];
  let position = 0;
  while (position < text.length) {
    const symbol = symbols.find((candidate) => text.startsWith(candidate, position));
    const word = symbol === undefined ? /^[^\s=!(),<>]+/.exec(text.slice(position))?.[0] : undefined;
    if (symbol !== undefined) tokens.push({ kind: "symbol", text: symbol });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    position += (symbol ?? word ?? " ").length;
  }
  return [...tokens, { kind: "end", text: "" }];
}
