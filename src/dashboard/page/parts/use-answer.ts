/** An answer of the server to a question, asked when the question changes and when one asks again. */
import { useEffect, useState } from "preact/hooks";
import type { Refusal } from "../../model/answers.ts";
import { ask } from "../state/connection.ts";

export type Answer<T> =
  | { readonly kind: "waiting" }
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "refused"; readonly message: string };

/** `again` asks the same question once more; what was answered stays until then. */
export function useAnswer<T>(path: string): readonly [answer: Answer<T>, again: () => void] {
  const [answer, setAnswer] = useState<Answer<T> & { readonly path?: string }>({ kind: "waiting" });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const left = new AbortController();
    void question<T>(path, left.signal).then((next) => {
      if (!left.signal.aborted) setAnswer({ ...next, path });
    });
    return () => left.abort();
  }, [path, round]);
  const current: Answer<T> = answer.path === path ? answer : { kind: "waiting" };
  return [current, () => setRound((before) => before + 1)];
}

async function question<T>(path: string, signal: AbortSignal): Promise<Answer<T>> {
  try {
    const response = await ask(path, signal);
    if (response.ok) return { kind: "answered", value: (await response.json()) as T };
    const isJson = response.headers.get("content-type") === "application/json";
    const message = isJson ? ((await response.json()) as Refusal).message : await response.text();
    return { kind: "refused", message };
  } catch {
    return { kind: "refused", message: "The server does not answer." };
  }
}
