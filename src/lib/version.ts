/** Versions of kernels and programs. */

/** Compares the numbers that a version begins with, `6.1.0-18-amd64` or `1.8.9`; numbers that it does not have are 0. */
export function isAtLeast(version: string, wanted: readonly number[]): boolean {
  const parts = version.split(/[^\d]+/).map(Number);
  const differing = wanted.findIndex((part, index) => (parts[index] ?? 0) !== part);
  return differing < 0 || (parts[differing] ?? 0) > (wanted[differing] ?? 0);
}
