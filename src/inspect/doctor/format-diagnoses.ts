/** What the doctor found, as text for people. */
import type { Check, Severity } from "./check.ts";
import type { Diagnosis } from "./examine.ts";

/** How to make severities stand out; returns the text as it is where there is no colour. */
export type Emphasis = (severity: Severity | "good", text: string) => string;

/** Findings of one check are told together; of many the first. */
const mostOfOneCheck = 5;

export function formatDiagnoses(diagnoses: readonly Diagnosis[], emphasis: Emphasis): string {
  if (diagnoses.length === 0)
    return `${emphasis("good", "Nothing is wrong")} as far as can be seen from here.\n`;
  const groups = Map.groupBy(diagnoses, ({ id }) => id);
  const texts = [...groups.values()].map((group) => {
    const [first] = group;
    if (!first) return "";
    const lines = group
      .slice(0, mostOfOneCheck)
      .flatMap(({ object, evidence, advice }) => [
        `  ${object}`,
        `    seen:  ${evidence}`,
        `    do:    ${advice}`,
      ]);
    const left = group.length - mostOfOneCheck;
    return [
      `${emphasis(first.severity, first.severity)}  ${first.title}  [${first.id}]`,
      ...lines,
      ...(left > 0 ? [`  and ${left} more like this`] : []),
    ].join("\n");
  });
  return `${texts.join("\n\n")}\n\n"porthole doctor --explain ID" says more of each.\n`;
}

/** The manual page of a check. */
export function formatManual({ id, severity, title, explanation }: Check): string {
  return `${id} (${severity})\n\n${title}.\n\n${explanation}\n`;
}
