/** Shown while there is no answer, and where there will be none. */
import type { JSX } from "preact";
import type { Answer } from "../parts/use-answer.ts";

export function Waiting({ answer }: { readonly answer: Answer<unknown> }): JSX.Element {
  if (answer.kind === "refused")
    return (
      <p class="verdict bad" role="alert">
        {answer.message}
      </p>
    );
  return (
    <p class="dim" role="status">
      Asking…
    </p>
  );
}
