/** Fields that a JSON text holds twice: JSON.parse keeps the last and says nothing. */

/** Paths in the order of the text: `spec.ports[0].port`. The text must be valid JSON. */
export function findDuplicateFields(text: string): readonly string[] {
  const duplicates: string[] = [];
  let at = 0;

  const skipSpace = (): void => {
    while (at < text.length && text.charCodeAt(at) <= 32) at += 1;
  };
  const readString = (): string => {
    const start = at;
    at += 1;
    while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at += 1;
    const raw = text.slice(start, at);
    return raw.includes("\\") ? JSON.parse(raw) : raw.slice(1, -1);
  };
  const readObject = (path: string): void => {
    const seen = new Set<string>();
    at += 1;
    for (skipSpace(); at < text.length && text[at] !== "}"; skipSpace()) {
      const key = readString();
      const keyPath = path === "" ? key : `${path}.${key}`;
      if (seen.has(key)) duplicates.push(keyPath);
      seen.add(key);
      skipSpace();
      at += 1;
      readValue(keyPath);
      skipSpace();
      if (text[at] === ",") at += 1;
    }
    at += 1;
  };
  const readArray = (path: string): void => {
    at += 1;
    skipSpace();
    for (let index = 0; at < text.length && text[at] !== "]"; index += 1, skipSpace()) {
      readValue(`${path}[${index}]`);
      skipSpace();
      if (text[at] === ",") at += 1;
    }
    at += 1;
  };
  const readValue = (path: string): void => {
    skipSpace();
    if (text[at] === "{") readObject(path);
    else if (text[at] === "[") readArray(path);
    else if (text[at] === '"') readString();
    else while (at < text.length && !",]} \n\r\t".includes(text[at] ?? "")) at += 1;
  };
  readValue("");
  return duplicates;
}
