/** The token that the address ended with. Kept for this tab alone, and out of the address bar, where others could read it. */

const storageKey = "porthole-token";

/** Undefined if the page was opened without one. */
export function takeToken(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) {
    sessionStorage.setItem(storageKey, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(storageKey) ?? undefined;
}
