/** Every namespace has a ServiceAccount "default" (pkg/controller/serviceaccount). */
import type { KubeObject } from "../../api/meta.ts";
import {
  isAlreadyExists,
  isNamespaceTerminating,
  openListWatchCache,
  type Resource,
} from "../../client/index.ts";
import type { ControllerContext } from "../controller-context.ts";
import { createWorkQueue } from "../work-queue.ts";

export const serviceAccounts: Resource<KubeObject> = {
  group: "",
  version: "v1",
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  namespaced: true,
};

const accountName = "default";

export function startServiceAccountController(context: ControllerContext): void {
  const { client, caches, log, clock, signal } = context;
  const fieldSelector = `metadata.name=${accountName}`;
  const accounts = openListWatchCache({
    client,
    resource: serviceAccounts,
    fieldSelector,
    log,
    clock,
    signal,
  });

  const queue = createWorkQueue({
    ...context,
    name: "service-account",
    async sync(namespace) {
      const owner = caches.namespaces.items().get(namespace);
      if (!owner || owner.metadata.deletionTimestamp || accounts.get({ namespace, name: accountName }))
        return undefined;
      try {
        accounts.note(
          await client.create(serviceAccounts, { metadata: { namespace, name: accountName } }, { signal }),
        );
      } catch (error) {
        if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
      }
      return undefined;
    },
  });

  const follow = () => {
    caches.namespaces.subscribe(({ added }) => {
      for (const { metadata } of added) queue.add(metadata.name);
    });
    accounts.subscribe(({ deleted }) => {
      for (const { metadata } of deleted) queue.add(metadata.namespace ?? "");
    });
  };
  accounts.whenSynced().then(follow, () => {});
}
