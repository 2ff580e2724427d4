/** Paths of a kind, as far as clients read them: which kind, which verbs, which options in the query. */
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { fullSchemaName, shortSchemaName } from "../../api/schema/index.ts";
import type { JsonSchema } from "./json-schema.ts";

const writeOptions: readonly string[] = ["dryRun", "fieldManager", "fieldValidation"];
const listOptions: readonly string[] = [
  ...["allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion"],
  ...["resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch"],
];

type Form = "v2" | "v3";

export function pathsOf(definition: ResourceDefinition, form: Form): Readonly<Record<string, JsonSchema>> {
  const { group, version, plural, namespaced } = definition;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const list = operation(definition, form, "list", "List", listOptions);
  const own = (action: string, options: readonly string[]): JsonSchema =>
    operation(definition, form, action, "", options);
  const scope = namespaced ? [pathParameter("namespace", form)] : [];
  return {
    ...(namespaced ? { [`${root}/${plural}`]: { get: list } } : {}),
    [collection]: {
      get: list,
      post: own("post", writeOptions),
      delete: own("deletecollection", [...listOptions, "dryRun", "propagationPolicy"]),
      ...(scope.length === 0 ? {} : { parameters: scope }),
    },
    [`${collection}/{name}`]: {
      get: own("get", []),
      put: own("put", writeOptions),
      patch: own("patch", [...writeOptions, "force"]),
      delete: own("delete", ["dryRun", "gracePeriodSeconds", "propagationPolicy"]),
      parameters: [pathParameter("name", form), ...scope],
    },
  };
}

function operation(
  { group, version, kind, schema }: ResourceDefinition,
  form: Form,
  action: string,
  suffix: string,
  options: readonly string[],
): JsonSchema {
  const name = `${fullSchemaName(shortSchemaName(schema))}${suffix}`;
  const result =
    form === "v2"
      ? { schema: { $ref: `#/definitions/${name}` } }
      : { content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } } };
  return {
    description: `${action} objects of kind ${kind}`,
    operationId: `${action}${group.split(".")[0] ?? ""}${version}${kind}`,
    parameters: options.map((option) => queryParameter(option, form)),
    responses: { "200": { description: "OK", ...result } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, kind, version },
  };
}

function queryParameter(name: string, form: Form): JsonSchema {
  return {
    name,
    in: "query",
    ...(form === "v2" ? { type: "string", uniqueItems: true } : { schema: { type: "string" } }),
  };
}

function pathParameter(name: string, form: Form): JsonSchema {
  const type = form === "v2" ? { type: "string" } : { schema: { type: "string" } };
  return { name, in: "path", required: true, ...type };
}
