/** X.509 certificates, version 3, as DER (RFC 5280), signed with ECDSA and SHA-256 (RFC 5758). */
import { createHash, type KeyObject, randomBytes, sign } from "node:crypto";
import { addressBytes } from "../../lib/address-bytes.ts";
import {
  bitString,
  boolean,
  element,
  integer,
  objectIdentifier,
  octetString,
  readElements,
  sequence,
  tagged,
  tags,
  time,
  utf8String,
} from "./der.ts";

const oids = {
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  commonName: "2.5.4.3",
  organizationName: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

const serialBytes = 16;
const version3 = integer(Buffer.from([2]));
const signatureAlgorithm = sequence(objectIdentifier(oids.ecdsaWithSha256));

/** KeyUsage: bits are counted from the left (RFC 5280, 4.2.1.3). */
const digitalSignature = 0x80;
const keyCertSign = 0x04;

export interface CertificateFields {
  /** A Name, as `nameDer` makes it. */
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

/** Returns the certificate as PEM, with a random serial number. `signingKey`: a P-256 key. */
export function signCertificate(fields: CertificateFields, signingKey: KeyObject): string {
  const { subject, issuer, notBeforeMs, notAfterMs, publicKey, extensions } = fields;
  const toBeSigned = sequence(
    tagged(0, "explicit", version3),
    serialNumber(),
    signatureAlgorithm,
    issuer,
    sequence(time(notBeforeMs), time(notAfterMs)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, "explicit", sequence(...extensions)),
  );
  const signature = sign("sha256", toBeSigned, signingKey);
  const lines = sequence(toBeSigned, signatureAlgorithm, bitString(signature))
    .toString("base64")
    .match(/.{1,64}/g);
  return `-----BEGIN CERTIFICATE-----\n${lines?.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** A Name of one or two parts. */
export function nameDer(commonName: string, organization?: string): Buffer {
  const part = (oid: string, text: string) =>
    element(tags.set, sequence(objectIdentifier(oid), utf8String(text)));
  return sequence(
    ...(organization === undefined ? [] : [part(oids.organizationName, organization)]),
    part(oids.commonName, commonName),
  );
}

export const extensions = {
  basicConstraints: (isAuthority: boolean) =>
    extension(oids.basicConstraints, "critical", sequence(...(isAuthority ? [boolean(true)] : []))),
  keyUsage: (isAuthority: boolean) =>
    extension(
      oids.keyUsage,
      "critical",
      isAuthority
        ? bitString(Buffer.from([digitalSignature | keyCertSign]), 2)
        : bitString(Buffer.from([digitalSignature]), 7),
    ),
  extendedKeyUsage: (usage: "server" | "client") =>
    extension(
      oids.extendedKeyUsage,
      "optional",
      sequence(objectIdentifier(usage === "server" ? oids.serverAuth : oids.clientAuth)),
    ),
  subjectKeyIdentifier: (keyId: Buffer) =>
    extension(oids.subjectKeyIdentifier, "optional", octetString(keyId)),
  authorityKeyIdentifier: (keyId: Buffer) =>
    extension(oids.authorityKeyIdentifier, "optional", sequence(tagged(0, "primitive", keyId))),
  /** Throws RangeError for an address that is none. */
  subjectAltName: (dnsNames: readonly string[], addresses: readonly string[]) =>
    extension(
      oids.subjectAltName,
      "optional",
      sequence(
        ...dnsNames.map((name) => tagged(2, "primitive", Buffer.from(name))),
        ...addresses.map((address) => tagged(7, "primitive", requireAddress(address))),
      ),
    ),
} as const;

/** The usual key identifier: SHA-1 of the key's bits (RFC 5280, 4.2.1.2, method 1). */
export function keyIdentifier(publicKey: KeyObject): Buffer {
  const [info] = readElements(publicKey.export({ type: "spki", format: "der" }));
  const [, bits] = readElements(info?.content ?? Buffer.alloc(0));
  return createHash("sha1")
    .update(bits?.content.subarray(1) ?? "")
    .digest();
}

/** What a certificate says of its subject, byte for byte: what it issues must repeat it. Throws SyntaxError for what is no certificate. */
export function subjectOf(certificate: Buffer): { readonly name: Buffer; readonly keyId?: Buffer } {
  const [outer] = readElements(certificate);
  const [toBeSigned] = readElements(outer?.content ?? Buffer.alloc(0));
  // version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, extensions
  const [, , , , , subject, , last] = readElements(toBeSigned?.content ?? Buffer.alloc(0));
  if (!subject) throw new SyntaxError("Cannot read the authority's certificate: it has no subject");
  const [list] = readElements(last?.content ?? Buffer.alloc(0));
  const wanted = objectIdentifier(oids.subjectKeyIdentifier);
  const value = readElements(list?.content ?? Buffer.alloc(0))
    .map(({ content }) => readElements(content))
    .find(([oid]) => oid?.whole.equals(wanted))
    ?.at(-1);
  const [keyId] = value ? readElements(value.content) : [];
  return { name: subject.whole, ...(keyId ? { keyId: keyId.content } : {}) };
}

function extension(oid: string, weight: "critical" | "optional", value: Buffer): Buffer {
  return sequence(
    objectIdentifier(oid),
    ...(weight === "critical" ? [boolean(true)] : []),
    octetString(value),
  );
}

/** Positive, and always as long: the first bit is never set, the second one always. */
function serialNumber(): Buffer {
  const bytes = randomBytes(serialBytes);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return integer(bytes);
}

function requireAddress(address: string): Uint8Array {
  const bytes = addressBytes(address);
  if (!bytes) throw new RangeError(`Cannot issue a certificate for "${address}": it is no IP address`);
  return bytes;
}
