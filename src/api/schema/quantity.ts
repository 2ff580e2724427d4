/** Quantities in canonical form (apimachinery resource.Quantity): no fraction, the largest suffix that loses nothing. */
import { binarySuffixes, decimalSuffixes, parseQuantity, quantityPattern } from "../quantity.ts";

const nano = 10n ** 9n;
/** Larger exponents would only cost time: Go caps quantities far below. */
const maxExponent = 30;

/** `1000m` -> `1`, `0.5` -> `500m`, `1024Ki` -> `1Mi`; undefined if the text is not a quantity. */
export function canonicalQuantity(text: string): string | undefined {
  const [, , whole = "", fraction = "", exponentText, suffix = ""] = quantityPattern.exec(text) ?? [];
  const exponent = exponentText === undefined ? 0 : Number(exponentText.slice(1));
  if (Math.abs(exponent) > maxExponent || whole.length + fraction.length > 60) return undefined;
  const value = parseQuantity(text);
  if (value === undefined) return undefined;
  const digits = formatNanos(value < 0n ? -value : value, suffix, exponentText !== undefined);
  return value < 0n ? `-${digits}` : digits;
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
