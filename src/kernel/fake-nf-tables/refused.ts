/** Why the fake kernel refuses an operation. */
export class Refused extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

// include/uapi/asm-generic/errno-base.h, errno.h
export const ENOENT = 2;
export const EBUSY = 16;
export const EEXIST = 17;
export const EINVAL = 22;
export const ENFILE = 23;
export const EOPNOTSUPP = 95;
export const ERESTART = 85;

/** Returns the value. Throws Refused if there is none. */
export function must<T>(value: T | undefined, errno: number): T {
  if (value === undefined) throw new Refused(errno);
  return value;
}
