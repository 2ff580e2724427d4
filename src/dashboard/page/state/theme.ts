/** Light, dark, or as the system has it. */
import { effect, signal } from "@preact/signals";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const storageKey = "porthole-theme";

export const theme = signal<Theme>(
  themes.find((name) => name === localStorage.getItem(storageKey)) ?? "system",
);

/** Keeps the document so, and remembers the choice. */
export function applyTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    localStorage.setItem(storageKey, theme.value);
  });
}

export function nextTheme(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system";
}
