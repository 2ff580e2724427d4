/** What quantities of resources, `100m` or `64Mi`, are worth (apimachinery api/resource). */

/** Powers of 1024. */
export const binarySuffixes: Readonly<Record<string, number>> = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 };
/** Powers of ten. */
export const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

/** Sign, digits before and behind the point, exponent, suffix. */
export const quantityPattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]?))$/;

/** In units of 10^-9, what is smaller rounded up; undefined if the text is no quantity. */
export function parseQuantity(text: string): bigint | undefined {
  const match = quantityPattern.exec(text);
  if (!match) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent, suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  const power = binarySuffixes[suffix];
  const scaled =
    power === undefined
      ? shift(
          digits,
          9 - fraction.length + (exponent ? Number(exponent.slice(1)) : (decimalSuffixes[suffix] ?? 0)),
        )
      : shift(digits * 1024n ** BigInt(power), 9 - fraction.length);
  return sign === "-" ? -scaled : scaled;
}

/** digits * 10^places, rounded up. */
function shift(digits: bigint, places: number): bigint {
  if (places >= 0) return digits * 10n ** BigInt(Math.min(places, 64));
  const divisor = 10n ** BigInt(Math.min(-places, 4096));
  return (digits + divisor - 1n) / divisor;
}
