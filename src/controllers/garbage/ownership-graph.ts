/** Who owns whom, over all kinds. */
import type { KubeObject, ObjectMeta } from "../../api/meta.ts";
import { objectKey, type Resource } from "../../client/index.ts";

/** An object as far as ownership goes. */
export interface GraphNode {
  /** `replicasets.apps default/web` */
  readonly id: string;
  readonly resource: Resource;
  readonly metadata: ObjectMeta;
}

export class OwnershipGraph {
  readonly #byId = new Map<string, GraphNode>();
  readonly #idByUid = new Map<string, string>();
  readonly #dependents = new Map<string, Set<string>>();

  get(id: string): GraphNode | undefined {
    return this.#byId.get(id);
  }

  byUid(uid: string): GraphNode | undefined {
    const id = this.#idByUid.get(uid);
    return id === undefined ? undefined : this.#byId.get(id);
  }

  nodes(): Iterable<GraphNode> {
    return this.#byId.values();
  }

  /** What names the uid among its owners. */
  dependentsOf(uid: string): readonly GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((id) => this.#byId.get(id) ?? []);
  }

  set(resource: Resource, { metadata }: KubeObject): GraphNode {
    const id = graphId(resource, metadata);
    const present = this.#byId.get(id);
    if (present) this.#unlink(present);
    const node = { id, resource, metadata };
    this.#byId.set(id, node);
    this.#idByUid.set(metadata.uid, id);
    for (const { uid } of metadata.ownerReferences ?? []) {
      const ids = this.#dependents.get(uid) ?? new Set();
      this.#dependents.set(uid, ids.add(id));
    }
    return node;
  }

  remove(resource: Resource, { metadata }: KubeObject): void {
    const node = this.#byId.get(graphId(resource, metadata));
    if (node?.metadata.uid !== metadata.uid) return;
    this.#unlink(node);
    this.#byId.delete(node.id);
  }

  #unlink({ id, metadata }: GraphNode): void {
    this.#idByUid.delete(metadata.uid);
    for (const { uid } of metadata.ownerReferences ?? []) {
      const ids = this.#dependents.get(uid);
      ids?.delete(id);
      if (ids?.size === 0) this.#dependents.delete(uid);
    }
  }
}

function graphId({ plural, group }: Resource, metadata: ObjectMeta): string {
  return `${plural}.${group} ${objectKey(metadata)}`;
}
