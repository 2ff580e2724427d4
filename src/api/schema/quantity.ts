/** Quantities in canonical form (apimachinery resource.Quantity): no fraction, the largest suffix that loses nothing. */

const decimalSuffixes: Readonly<Record<string, number>> = {
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
const binarySuffixes: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const nano = 10n ** 9n;
/** Larger exponents would only cost time: Go caps quantities far below. */
const maxExponent = 30;

/** `1000m` -> `1`, `0.5` -> `500m`, `1024Ki` -> `1Mi`; undefined if the text is not a quantity. */
export function canonicalQuantity(text: string): string | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponentText, suffix = ""] = match;
  if (whole === "" && fraction === "") return undefined;
  const exponent = exponentText === undefined ? 0 : Number(exponentText.slice(1));
  if (Math.abs(exponent) > maxExponent || whole.length + fraction.length > 60) return undefined;
  const nanos = toNanos(BigInt(whole + fraction), exponent - fraction.length, suffix);
  const digits = formatNanos(nanos, suffix, exponentText !== undefined);
  return sign === "-" && nanos !== 0n ? `-${digits}` : digits;
}

/** Rounded up, away from zero. */
function toNanos(mantissa: bigint, exponent: number, suffix: string): bigint {
  const binary = binarySuffixes[suffix];
  const power = exponent + 9 + (decimalSuffixes[suffix] ?? 0);
  const scaled = mantissa * (binary === undefined ? 1n : 2n ** BigInt(binary));
  if (power >= 0) return scaled * 10n ** BigInt(power);
  const divisor = 10n ** BigInt(-power);
  return (scaled + divisor - 1n) / divisor;
}

function formatNanos(nanos: bigint, suffix: string, isExponent: boolean): string {
  if (nanos === 0n) return "0";
  const isWhole = nanos % nano === 0n;
  if (suffix in binarySuffixes && isWhole && nanos >= 1024n * nano) return formatBinary(nanos / nano);
  let value = nanos;
  let power = -9;
  while (value % 1000n === 0n && power < 18) {
    value /= 1000n;
    power += 3;
  }
  if (isExponent) return power === 0 ? `${value}` : `${value}e${power}`;
  const name = Object.entries(decimalSuffixes).find(([, exponent]) => exponent === power)?.[0] ?? "";
  return `${value}${name}`;
}

function formatBinary(value: bigint): string {
  let rest = value;
  let name = "";
  for (const suffix of Object.keys(binarySuffixes)) {
    if (rest % 1024n !== 0n) break;
    rest /= 1024n;
    name = suffix;
  }
  return `${rest}${name}`;
}
