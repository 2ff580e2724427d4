/** The OpenAPI documents, each built when it is first asked for and kept as text. */
import { createHash } from "node:crypto";
import type { ResourceDefinition } from "../../api/resource-definition.ts";
import { schemasOf } from "./definitions.ts";
import { describer } from "./descriptions.ts";
import type { JsonSchema } from "./json-schema.ts";
import { pathsOf } from "./paths.ts";

export interface OpenApiDocuments {
  /** `/openapi/v3`: where the documents are, with hashes for caching. */
  index(): Promise<string>;
  /** `/openapi/v3/{path}`: `api/v1`, `apis/apps/v1`; undefined if nothing is served there. */
  groupVersion(path: string): Promise<string | undefined>;
  /** `/openapi/v2` as JSON. */
  version2(): Promise<string>;
}

const info = { title: "Kubernetes", version: "v1.36.2" };

export function createOpenApiDocuments(definitions: readonly ResourceDefinition[]): OpenApiDocuments {
  const byPath = Map.groupBy(definitions, groupVersionPath);
  const built = new Map<string, Promise<string>>();
  const once = (key: string, build: () => Promise<unknown>): Promise<string> => {
    const known = built.get(key);
    if (known !== undefined) return known;
    const text = build().then((document) => JSON.stringify(document));
    built.set(key, text);
    return text;
  };
  const groupVersion = async (path: string): Promise<string | undefined> => {
    const members = byPath.get(path);
    return members && (await once(path, () => version3Document(members)));
  };
  return {
    groupVersion,
    index: () =>
      once("", async () => {
        const paths: Record<string, JsonSchema> = {};
        for (const path of byPath.keys()) {
          paths[path] = {
            serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf((await groupVersion(path)) ?? "")}`,
          };
        }
        return { paths };
      }),
    version2: () => once("v2", () => version2Document(definitions)),
  };
}

function groupVersionPath({ group, version }: ResourceDefinition): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

function hashOf(text: string): string {
  return createHash("sha512").update(text).digest("hex").toUpperCase();
}

async function version3Document(definitions: readonly ResourceDefinition[]): Promise<unknown> {
  const describe = await describer();
  return {
    openapi: "3.0.0",
    info,
    paths: Object.assign({}, ...definitions.map((definition) => pathsOf(definition, "v3"))),
    components: {
      schemas: schemasOf(definitions, describe, { prefix: "#/components/schemas/", wrapsReferences: true }),
    },
  };
}

async function version2Document(definitions: readonly ResourceDefinition[]): Promise<unknown> {
  const describe = await describer();
  return {
    swagger: "2.0",
    info,
    paths: Object.assign({}, ...definitions.map((definition) => pathsOf(definition, "v2"))),
    definitions: schemasOf(definitions, describe, { prefix: "#/definitions/", wrapsReferences: false }),
  };
}
