/** Rules for fields that hold IP addresses and CIDRs (apimachinery util/validation/ip.go, strict since v1.36). */
import { type FieldError, invalidField } from "../field-error.ts";
import { type ParsedIp, parseCidr, parseIp } from "./ip.ts";

const notAnIp = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const notACidr = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/**
 * For fields that are older than canonical addresses: any spelling of IPv6 will do.
 * What already stood in the object (`kept`) stays valid.
 */
export function validateLegacyIp(
  text: string,
  field: string,
  kept: readonly string[] = [],
): readonly FieldError[] {
  if (kept.includes(text)) return [];
  const ip = parseIp(text);
  if (ip === undefined) return [invalidField(field, text, notAnIp)];
  return ipFormErrors(ip, text, field);
}

function ipFormErrors(ip: ParsedIp, text: string, field: string): readonly FieldError[] {
  if (ip.hasLeadingZeros) return [invalidField(field, text, "must not have leading 0s")];
  return ip.isMapped ? [invalidField(field, text, "must not be an IPv4-mapped IPv6 address")] : [];
}

/** For newer fields: the canonical spelling and no other. */
export function validateIp(text: string, field: string): readonly FieldError[] {
  const errors = validateLegacyIp(text, field);
  if (errors.length > 0) return errors;
  const canonical = parseIp(text)?.canonical ?? text;
  return canonical === text ? [] : [invalidField(field, text, `must be in canonical form ("${canonical}")`)];
}

/** As `validateLegacyIp`, for a range. */
export function validateLegacyCidr(
  text: string,
  field: string,
  kept: readonly string[] = [],
): readonly FieldError[] {
  if (kept.includes(text)) return [];
  const cidr = parseCidr(text);
  if (cidr === undefined) return [invalidField(field, text, notACidr)];
  if (cidr.hasLeadingZeros) {
    return [invalidField(field, text, "must not have leading 0s in IP or prefix length")];
  }
  if (cidr.ip.isMapped) return [invalidField(field, text, "must not have an IPv4-mapped IPv6 address")];
  return cidr.hasHostBits
    ? [invalidField(field, text, "must not have bits set beyond the prefix length")]
    : [];
}

/** As `validateIp`, for a range. */
export function validateCidr(text: string, field: string): readonly FieldError[] {
  const errors = validateLegacyCidr(text, field);
  if (errors.length > 0) return errors;
  const canonical = parseCidr(text)?.canonical ?? text;
  return canonical === text ? [] : [invalidField(field, text, `must be in canonical form ("${canonical}")`)];
}

/** What is said of an address such as 127.0.0.1. */
export const loopbackDetail = "may not be in the loopback range (127.0.0.0/8, ::1/128)";

/** Traffic is never led to, nor taken at, addresses that mean something else on every node. */
export function validateNonSpecialIp(text: string, field: string): readonly FieldError[] {
  const ip = parseIp(text);
  if (ip === undefined) return [invalidField(field, text, "must be a valid IP address")];
  const [a = 0, b = 0, c = 0] = ip.bytes;
  const isZero = ip.bytes.slice(0, -1).every((byte) => byte === 0);
  const last = ip.bytes.at(-1);
  const isV4 = ip.family === "IPv4";
  const errors: FieldError[] = [];
  if (isZero && last === 0) errors.push(invalidField(field, text, `may not be unspecified (${text})`));
  if (isV4 ? a === 127 : isZero && last === 1) {
    errors.push(invalidField(field, text, loopbackDetail));
  }
  if (isV4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80) {
    errors.push(invalidField(field, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  }
  if (isV4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2) {
    const detail = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
    errors.push(invalidField(field, text, detail));
  }
  return errors;
}

/** Warnings for an address that is valid, but not written as it should be. */
export function ipWarnings(text: string, field: string): readonly string[] {
  const ip = parseIp(text);
  if (ip === undefined) return [];
  const { canonical, hasLeadingZeros, isMapped } = ip;
  if (hasLeadingZeros || isMapped) {
    return [
      `${field}: non-standard IP address "${text}" will be considered invalid in a future Kubernetes release: use "${canonical}"`,
    ];
  }
  if (canonical === text) return [];
  return [`${field}: IPv6 address "${text}" should be in RFC 5952 canonical format ("${canonical}")`];
}

/** As `ipWarnings`, for a range. */
export function cidrWarnings(text: string, field: string): readonly string[] {
  const cidr = parseCidr(text);
  if (cidr === undefined) return [];
  const { canonical, ip, hasHostBits, hasLeadingZeros } = cidr;
  const warnings: string[] = [];
  if (hasHostBits) {
    const single = `${ip.canonical}/${ip.bytes.length * 8}`;
    warnings.push(
      `${field}: CIDR value "${text}" is ambiguous in this context (should be "${canonical}" or "${single}"?)`,
    );
  }
  if (hasLeadingZeros || ip.isMapped) {
    warnings.push(
      `${field}: non-standard CIDR value "${text}" will be considered invalid in a future Kubernetes release: use "${canonical}"`,
    );
  }
  if (warnings.length === 0 && canonical !== text) {
    warnings.push(
      `${field}: IPv6 CIDR value "${text}" should be in RFC 5952 canonical format ("${canonical}")`,
    );
  }
  return warnings;
}
