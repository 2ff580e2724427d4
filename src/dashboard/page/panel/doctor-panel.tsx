/** What is wrong with a Service, and what to do. */
import type { JSX } from "preact";
import type { DoctorAnswer } from "../../model/answers.ts";
import { useAnswer } from "../parts/use-answer.ts";
import { Waiting } from "./waiting.tsx";

const tones = { error: "bad", warning: "warn", info: "off" } as const;

export function DoctorPanel({ service }: { readonly service: string }): JSX.Element {
  const [answer, again] = useAnswer<DoctorAnswer>(`/api/doctor?${new URLSearchParams({ service })}`);
  if (answer.kind !== "answered") return <Waiting answer={answer} />;
  const { findings, checks } = answer.value;
  return (
    <>
      {findings.length === 0 && <p class="verdict good">{`Nothing is wrong, by ${checks} checks.`}</p>}
      <ul class="findings">
        {findings.map(({ id, severity, title, object, evidence, advice }) => (
          <li key={`${id} ${object} ${evidence}`}>
            <h3>
              <span class={`dot ${tones[severity]}`} />
              {title}
            </h3>
            <p class="dim">{`${severity} · ${object}`}</p>
            <p>{evidence}</p>
            <p class="advice">{advice}</p>
            <code class="command">{`porthole doctor --explain ${id}`}</code>
          </li>
        ))}
      </ul>
      <footer>
        <button type="button" onClick={again}>
          Examine again
        </button>
        <code class="command">{`porthole doctor ${service}`}</code>
      </footer>
    </>
  );
}
