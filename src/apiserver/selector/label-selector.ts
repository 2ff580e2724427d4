/** Label selectors: the grammar and the messages of apimachinery's labels.Parse. */
import { badRequest } from "../errors.ts";
import { type SelectorToken, tokenizeSelector } from "./label-selector-tokens.ts";
import { validateLabelKey, validateLabelValue } from "./label-syntax.ts";

export type LabelOperator = "exists" | "!" | "in" | "notin" | "=" | "==" | "!=" | "gt" | "lt";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

type Labels = Readonly<Record<string, string>> | undefined;

/** Throws BadRequest. An empty selector has no requirements and matches everything. */
export function parseLabelSelector(text: string): readonly LabelRequirement[] {
  return new Parser(tokenizeSelector(text)).parse();
}

export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => matchesRequirement(requirement, labels));
}

function matchesRequirement({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "=":
    case "==":
    case "in":
      return value !== undefined && values.includes(value);
    case "!=":
    case "notin":
      return value === undefined || !values.includes(value);
    case "gt":
      return isInteger(value) && Number(value) > Number(values[0]);
    case "lt":
      return isInteger(value) && Number(value) < Number(values[0]);
  }
}

function isInteger(value: string | undefined): boolean {
  return value !== undefined && /^[+-]?\d+$/.test(value);
}

const operatorTokens: Readonly<Record<string, LabelOperator>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};

class Parser {
  readonly #tokens: readonly SelectorToken[];
  #position = 0;

  constructor(tokens: readonly SelectorToken[]) {
    this.#tokens = tokens;
  }

  parse(): readonly LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === "end") return requirements;
      if (!startsRequirement(token)) {
        throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const separator = this.#take();
      if (separator.kind === "end") return requirements;
      if (separator.text !== ",") {
        throw badRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
      }
      const next = this.#peek();
      if (!startsRequirement(next)) {
        throw badRequest(`found '${next.text}', expected: identifier after ','`);
      }
    }
  }

  #requirement(): LabelRequirement {
    const negated = this.#peek().text === "!";
    if (negated) this.#take();
    const key = this.#take();
    if (key.kind !== "word") throw unparsable(`found '${key.text}', expected: identifier`);
    rethrowAsUnparsable(validateLabelKey(key.text));
    const next = this.#peek();
    const stops = next.kind === "end" || next.text === ",";
    if (negated || stops) return { key: key.text, operator: negated ? "!" : "exists", values: [] };
    const operator = this.#operator();
    const values = operator === "in" || operator === "notin" ? this.#valueSet() : [this.#exactValue()];
    return checkRequirement({ key: key.text, operator, values });
  }

  #operator(): LabelOperator {
    const token = this.#take();
    const operator = operatorTokens[token.text];
    if (operator === undefined) {
      throw unparsable(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
    return operator;
  }

  #exactValue(): string {
    const next = this.#peek();
    if (next.kind === "end" || next.text === ",") return "";
    const token = this.#take();
    if (token.kind !== "word") throw unparsable(`found '${token.text}', expected: identifier`);
    return token.text;
  }

  /** `(a,b)`; `(,)` and `(a,)` hold the empty value. */
  #valueSet(): readonly string[] {
    const open = this.#take();
    if (open.text !== "(") throw unparsable(`found '${open.text}' expected: '('`);
    if (this.#peek().text === ")") {
      this.#take();
      return [];
    }
    const values = new Set<string>();
    let expectsValue = true;
    for (;;) {
      const token = this.#take();
      if (token.kind === "word" && expectsValue) {
        values.add(token.text);
        expectsValue = false;
      } else if (token.text === ",") {
        if (expectsValue) values.add("");
        expectsValue = true;
      } else if (token.text === ")") {
        if (expectsValue) values.add("");
        return [...values].sort();
      } else {
        throw unparsable(
          values.size === 0
            ? `found '${token.text}', expected: ',', ')' or identifier`
            : `found '${token.text}', expected: ',' or ')'`,
        );
      }
    }
  }

  #peek(): SelectorToken {
    return this.#tokens[this.#position] ?? { kind: "end", text: "" };
  }

  #take(): SelectorToken {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }
}

function startsRequirement({ kind, text }: SelectorToken): boolean {
  return kind === "word" || text === "!";
}

function checkRequirement(requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  if (values.length === 0) {
    throw unparsable("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
  }
  if ((operator === "gt" || operator === "lt") && !isInteger(values[0])) {
    throw unparsable(
      `values[0]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  for (const [index, value] of values.entries())
    rethrowAsUnparsable(validateLabelValue(value, `values[${index}][${key}]`));
  return requirement;
}

function rethrowAsUnparsable(problem: string | undefined): void {
  if (problem !== undefined) throw unparsable(problem);
}

function unparsable(problem: string): Error {
  return badRequest(`unable to parse requirement: ${problem}`);
}
