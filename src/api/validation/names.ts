/** Names of objects: what `validateName` of a ResourceDefinition may be (apimachinery api/validation/generic.go). */
import { dnsLabelProblems, dnsSubdomainProblems } from "./syntax.ts";

/** A prefix for generateName may end in a hyphen: what follows it is generated. */
function withoutHyphen(name: string, isPrefix: boolean): string {
  return isPrefix && name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
}

export function validateDnsSubdomainName(name: string, isPrefix: boolean): readonly string[] {
  return dnsSubdomainProblems(withoutHyphen(name, isPrefix));
}

export function validateDnsLabelName(name: string, isPrefix: boolean): readonly string[] {
  return dnsLabelProblems(withoutHyphen(name, isPrefix));
}
