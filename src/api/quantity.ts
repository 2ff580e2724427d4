/** Quantities of resources, `100m` or `64Mi`, and their canonical form (apimachinery api/resource). */

const binary: Readonly<Record<string, number>> = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 };
const decimal: Readonly<Record<string, number>> = {
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

export interface Quantity {
  /** In units of 10^-9. */
  readonly nanos: bigint;
  readonly format: "binary" | "decimal" | "exponent";
}

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]?))$/;

/** Undefined if the text is no quantity. Fractions below 10^-9 are rounded up. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent, suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  const power = binary[suffix];
  const scaled =
    power === undefined
      ? shift(digits, 9 - fraction.length + (exponent ? Number(exponent.slice(1)) : (decimal[suffix] ?? 0)))
      : shift(digits * 1024n ** BigInt(power), 9 - fraction.length);
  const format = power !== undefined ? "binary" : exponent ? "exponent" : "decimal";
  return { nanos: sign === "-" ? -scaled : scaled, format };
}

/** digits * 10^places, rounded up. */
function shift(digits: bigint, places: number): bigint {
  if (places >= 0) return digits * 10n ** BigInt(Math.min(places, 64));
  const divisor = 10n ** BigInt(Math.min(-places, 4096));
  return (digits + divisor - 1n) / divisor;
}

/** `1000m` -> `1`, `0.5` -> `500m`, `1024Mi` -> `1Gi`; text that is no quantity stays as it is. */
export function canonicalQuantity(text: string): string {
  const quantity = parseQuantity(text);
  if (quantity === undefined) return text;
  const { nanos, format } = quantity;
  if (nanos === 0n) return "0";
  const one = 10n ** 9n;
  if (format === "binary" && nanos % one === 0n && abs(nanos) >= 1024n * one) return binaryText(nanos / one);
  return decimalText(nanos, format);
}

function binaryText(units: bigint): string {
  let rest = units;
  let suffix = "";
  for (const next of Object.keys(binary)) {
    if (rest % 1024n !== 0n) break;
    rest /= 1024n;
    suffix = next;
  }
  return `${rest}${suffix}`;
}

function decimalText(nanos: bigint, format: Quantity["format"]): string {
  let rest = nanos;
  let exponent = -9;
  while (rest % 1000n === 0n && exponent < 18) {
    rest /= 1000n;
    exponent += 3;
  }
  if (format === "exponent") return exponent === 0 ? `${rest}` : `${rest}e${exponent}`;
  const suffix = Object.keys(decimal).find((name) => decimal[name] === exponent) ?? "";
  return `${rest}${suffix}`;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
