/** The parts of the yaml package that Porthole uses, by name also where built code holds the package as CommonJS. Heavy: load it when needed. */
export { parse, parseAllDocuments, stringify } from "yaml";
