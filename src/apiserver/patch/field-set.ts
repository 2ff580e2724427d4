/**
 * FieldSet: a set of paths into an object (structured-merge-diff fieldpath.Set). A path element is kept in the text that
 * fieldsV1 has: `f:spec`, `k:{"port":80,"protocol":"TCP"}`, `v:"a"`.
 */

export interface FieldSet {
  /** Path elements that end here. */
  readonly members: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const emptySet: FieldSet = { members: new Set(), children: new Map() };

export function isEmptySet({ members, children }: FieldSet): boolean {
  return members.size === 0 && children.size === 0;
}

/** Collects paths while an object is walked. */
export class FieldSetBuilder {
  readonly #members = new Set<string>();
  readonly #children = new Map<string, FieldSetBuilder>();

  add(path: readonly string[]): void {
    const [first, ...rest] = path;
    if (first === undefined) return;
    if (rest.length === 0) this.#members.add(first);
    else this.#child(first).add(rest);
  }

  build(): FieldSet {
    const children = [...this.#children].map(([element, child]) => [element, child.build()] as const);
    return { members: new Set(this.#members), children: new Map(children) };
  }

  #child(element: string): FieldSetBuilder {
    const known = this.#children.get(element);
    if (known !== undefined) return known;
    const created = new FieldSetBuilder();
    this.#children.set(element, created);
    return created;
  }
}

export function setOf(...paths: readonly (readonly string[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.add(path);
  return builder.build();
}

export function unite(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map(a.children);
  for (const [element, child] of b.children)
    children.set(element, unite(children.get(element) ?? emptySet, child));
  return { members: a.members.union(b.members), children };
}

export function intersect(a: FieldSet, b: FieldSet): FieldSet {
  return { members: a.members.intersection(b.members), children: combine(a, b, intersect) };
}

export function subtract(a: FieldSet, b: FieldSet): FieldSet {
  return { members: a.members.difference(b.members), children: combine(a, b, subtract) };
}

/** Also takes away what lies below the members of `b`. */
export function subtractTrees(a: FieldSet, b: FieldSet): FieldSet {
  const children = [...a.children].flatMap(([element, child]) => {
    if (b.members.has(element)) return [];
    const rest = subtractTrees(child, b.children.get(element) ?? emptySet);
    return isEmptySet(rest) ? [] : [[element, rest] as const];
  });
  return { members: a.members.difference(b.members), children: new Map(children) };
}

function combine(
  a: FieldSet,
  b: FieldSet,
  operation: (a: FieldSet, b: FieldSet) => FieldSet,
): ReadonlyMap<string, FieldSet> {
  const children = [...a.children].flatMap(([element, child]) => {
    const combined = operation(child, b.children.get(element) ?? emptySet);
    return isEmptySet(combined) ? [] : [[element, combined] as const];
  });
  return new Map(children);
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  return isEmptySet(subtract(a, b)) && isEmptySet(subtract(b, a));
}

export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  const elements = [...new Set([...set.members, ...set.children.keys()])].sort();
  for (const element of elements) {
    const path = [...prefix, element];
    if (set.members.has(element)) yield path;
    const child = set.children.get(element);
    if (child !== undefined) yield* pathsOf(child, path);
  }
}

/** `.spec.ports[port=80,protocol="TCP"].nodePort` */
export function formatPath(path: readonly string[]): string {
  return path.map(formatElement).join("");
}

function formatElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith("f:")) return `.${text}`;
  if (element.startsWith("k:")) {
    const keys = Object.entries(JSON.parse(text)).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return `[${keys.join(",")}]`;
  }
  return element.startsWith("v:") ? `[=${text}]` : `[${text}]`;
}

/** To the wire: a member that also has children carries `.`. */
export function encodeFieldsV1(set: FieldSet): Record<string, unknown> {
  const encoded: Record<string, unknown> = {};
  for (const element of [...new Set([...set.members, ...set.children.keys()])].sort()) {
    const child = set.children.get(element);
    const below = child === undefined ? {} : encodeFieldsV1(child);
    encoded[element] = child !== undefined && set.members.has(element) ? { ".": {}, ...below } : below;
  }
  return encoded;
}

export function decodeFieldsV1(fields: unknown): FieldSet {
  const members = new Set<string>();
  const children = new Map<string, FieldSet>();
  if (typeof fields !== "object" || fields === null) return emptySet;
  for (const [element, value] of Object.entries(fields)) {
    if (element === ".") continue;
    const below = Object.keys(value ?? {});
    if (below.length === 0 || below.includes(".")) members.add(element);
    const child = decodeFieldsV1(value);
    if (!isEmptySet(child)) children.set(element, child);
  }
  return { members, children };
}
