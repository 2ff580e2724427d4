/** Keys and colours. */
import type { JSX } from "preact";

const keys: readonly (readonly [key: string, does: string])[] = [
  ["/", "search the Services"],
  ["↑ ↓", "move in a list; Enter chooses"],
  ["Tab", "move through the drawing; Enter opens what has the focus"],
  ["d", "the doctor's report of the chosen Service"],
  ["n", "all nodes"],
  ["Esc", "close what is beside the drawing, then back to the whole cluster"],
  ["?", "this page"],
];

const colours = [
  ["good", "well: it is ready, and leads on"],
  ["warn", "some of it is not ready, or on its way out"],
  ["bad", "nothing is served, or it cannot be reached"],
  ["off", "nothing goes this way, as meant"],
] as const;

export function HelpPanel(): JSX.Element {
  return (
    <>
      <dl class="keys">
        {keys.map(([key, does]) => (
          <>
            <dt key={key}>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </>
        ))}
      </dl>
      <h3>Colours</h3>
      <ul class="legend">
        {colours.map(([health, means]) => (
          <li key={health}>
            <span class={`dot ${health}`} />
            {means}
          </li>
        ))}
      </ul>
      <p class="dim">
        A click on a line traces a packet along it. A click on a node shows what it leads where, on a Service
        what the doctor finds. Nothing is ever changed from here.
      </p>
    </>
  );
}
