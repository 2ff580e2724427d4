/** What is looked at. The Service stands in the address, so that going back and loading again lead to it. */
import { signal } from "@preact/signals";

/** Beside the drawing. */
export type Panel =
  | { readonly kind: "trace"; readonly to: string; readonly protocol: string; readonly node: string }
  | { readonly kind: "doctor"; readonly service: string }
  | { readonly kind: "node"; readonly name: string }
  | { readonly kind: "nodes" }
  | { readonly kind: "help" };

/** Where there is room for one thing only. */
export type NarrowView = "path" | "services" | "changes";

/** `namespace/name`; undefined: the whole cluster. */
export const selected = signal<string | undefined>(undefined);
export const panel = signal<Panel | undefined>(undefined);
/** Which of the Service's ports. */
export const portIndex = signal(0);
export const search = signal("");
export type ListFilter = "all" | "exposed" | "trouble";
export const listFilter = signal<ListFilter>("all");
export const narrowView = signal<NarrowView>("path");

export function followAddress(): void {
  const read = () => {
    const key = decodeURIComponent(location.hash.slice(1)).replace(/^\//, "");
    const next = key === "" ? undefined : key;
    if (next === selected.value) return;
    selected.value = next;
    portIndex.value = 0;
    panel.value = undefined;
  };
  window.addEventListener("hashchange", read);
  read();
}

export function select(key: string | undefined): void {
  location.hash = key === undefined ? "" : `/${key}`;
  narrowView.value = "path";
}
