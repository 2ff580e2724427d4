/** Opens what is beside the drawing, and leads the keyboard there and back. */
import { type Panel, panel } from "./selection.ts";

let openedFrom: HTMLElement | SVGElement | undefined;

export function openPanel(next: Panel): void {
  const { activeElement } = document;
  if (
    panel.value === undefined &&
    (activeElement instanceof HTMLElement || activeElement instanceof SVGElement)
  )
    openedFrom = activeElement;
  panel.value = next;
}

export function closePanel(): void {
  panel.value = undefined;
  openedFrom?.focus();
  openedFrom = undefined;
}
