/** OpenAPI documents of the kinds that are served. */

export { type OpenApiAnswer, openApiAnswer } from "./openapi-answer.ts";
export { createOpenApiDocuments, type OpenApiDocuments } from "./openapi-documents.ts";
