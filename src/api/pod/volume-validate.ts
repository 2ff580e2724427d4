/** Validation of volumes, of the kinds that are in use everywhere (kubernetes/pkg/apis/core/validation ValidateVolumes). */
import {
  duplicateField,
  type FieldError,
  forbiddenField,
  invalidField,
  problemsField,
  requiredField,
  unsupportedField,
} from "../field-error.ts";
import type { PodSpec } from "../pod.ts";
import { dnsLabelProblems } from "../validation/syntax.ts";

type Source = Readonly<Record<string, unknown>>;

export function validateVolumes({ volumes = [] }: PodSpec, field: string): readonly FieldError[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const at = `${field}[${index}]`;
    const { name = "" } = volume;
    const errors = [...sourceErrors(volume, at)];
    if (name === "") return [...errors, requiredField(`${at}.name`)];
    errors.push(...problemsField(`${at}.name`, name, dnsLabelProblems(name)));
    if (names.has(name)) errors.push(duplicateField(`${at}.name`, name));
    names.add(name);
    return errors;
  });
}

/** In the order in which Kubernetes looks for them; of several the first is validated. */
const checks: Readonly<Record<string, (source: Source, field: string) => readonly FieldError[]>> = {
  emptyDir: () => [],
  hostPath: hostPathErrors,
  secret: (source, field) => [
    ...needed(source, field, "secretName"),
    ...modeErrors(source, field),
    ...itemErrors(source, field),
  ],
  nfs: (source, field) => [
    ...needed(source, field, "server"),
    ...needed(source, field, "path"),
    ...(typeof source.path === "string" && source.path !== "" && !source.path.startsWith("/")
      ? [invalidField(`${field}.path`, source.path, "must be an absolute path")]
      : []),
  ],
  persistentVolumeClaim: (source, field) => needed(source, field, "claimName"),
  configMap: (source, field) => [
    ...needed(source, field, "name"),
    ...modeErrors(source, field),
    ...itemErrors(source, field),
  ],
};

function sourceErrors(volume: Source, field: string): readonly FieldError[] {
  const given = Object.keys(volume).filter((member) => member !== "name");
  const ordered = [...Object.keys(checks).filter((member) => given.includes(member))];
  const [first, ...others] = [...ordered, ...given.filter((member) => !ordered.includes(member))];
  if (first === undefined) return [requiredField(field, "must specify a volume type")];
  return [
    ...(checks[first]?.((volume[first] ?? {}) as Source, `${field}.${first}`) ?? []),
    ...others.map((member) =>
      forbiddenField(`${field}.${member}`, "may not specify more than 1 volume type"),
    ),
  ];
}

function needed(source: Source, field: string, member: string): readonly FieldError[] {
  return source[member] ? [] : [requiredField(`${field}.${member}`)];
}

const hostPathTypes = [
  ...["", "BlockDevice", "CharDevice", "Directory"],
  ...["DirectoryOrCreate", "File", "FileOrCreate", "Socket"],
];

function hostPathErrors({ path = "", type = "" }: Source, field: string): readonly FieldError[] {
  const pathField = `${field}.path`;
  if (path === "") return [requiredField(pathField)];
  const isType = hostPathTypes.includes(String(type));
  return [
    ...backstepErrors(String(path), pathField),
    ...(isType ? [] : [unsupportedField(`${field}.type`, type, hostPathTypes)]),
  ];
}

/** A path must not lead out of where it starts. */
export function backstepErrors(path: string, field: string): readonly FieldError[] {
  return path.split("/").includes("..") ? [invalidField(field, path, "must not contain '..'")] : [];
}

const maxMode = 0o777;
const modeDetail = "must be a number between 0 and 0777 (octal), both inclusive";

function modeErrors({ defaultMode }: Source, field: string): readonly FieldError[] {
  const mode = defaultMode as number | undefined;
  if (mode === undefined || (mode >= 0 && mode <= maxMode)) return [];
  return [invalidField(`${field}.defaultMode`, mode, modeDetail)];
}

interface KeyToPath {
  readonly key?: string;
  readonly path?: string;
  readonly mode?: number;
}

function itemErrors({ items = [] }: Source, field: string): readonly FieldError[] {
  return (items as readonly KeyToPath[]).flatMap(({ key = "", path = "", mode }, index) => {
    const at = `${field}.items[${index}]`;
    return [
      ...(key === "" ? [requiredField(`${at}.key`)] : []),
      ...(path === "" ? [requiredField(`${at}.path`)] : localPathErrors(path, `${at}.path`)),
      ...(mode !== undefined && (mode < 0 || mode > maxMode)
        ? [invalidField(`${at}.mode`, mode, modeDetail)]
        : []),
    ];
  });
}

/** A path inside a volume. */
export function localPathErrors(path: string, field: string): readonly FieldError[] {
  const absolute = path.startsWith("/") ? [invalidField(field, path, "must be a relative path")] : [];
  return [...absolute, ...backstepErrors(path, field)];
}
