/** A service account as a user (apiserver/pkg/authentication/serviceaccount). */
import { authenticatedGroup, type User } from "../user.ts";

const prefix = "system:serviceaccount:";

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

export function serviceAccountUserName({ namespace, name }: ServiceAccountName): string {
  return `${prefix}${namespace}:${name}`;
}

/** undefined for other users. */
export function parseServiceAccountUser(user: string): ServiceAccountName | undefined {
  const [namespace = "", name = "", ...more] = user.startsWith(prefix)
    ? user.slice(prefix.length).split(":")
    : [];
  return namespace === "" || name === "" || more.length > 0 ? undefined : { namespace, name };
}

export function serviceAccountGroups({
  namespace,
}: Pick<ServiceAccountName, "namespace">): readonly string[] {
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
}

export function serviceAccountUser(account: ServiceAccountName, uid: string): User {
  const groups = [...serviceAccountGroups(account), authenticatedGroup];
  return { name: serviceAccountUserName(account), uid, groups };
}
