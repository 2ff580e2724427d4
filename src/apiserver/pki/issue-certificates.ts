/** Makes keys and certificates: an authority of one's own, and what it vouches for. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import { extensions, keyIdentifier, nameDer, signCertificate, subjectOf } from "./certificate-der.ts";
import type {
  CertificatePair,
  CertificateRequest,
  IssuedCertificates,
  IssueOrder,
} from "./certificate-request.ts";

const namedCurve = "prime256v1";
const dayMs = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
const certificateDays = 365;
/** Clocks of clients may be behind. */
const backdatedMs = 5 * 60 * 1000;

interface Authority {
  /** Its Name as DER. */
  readonly name: Buffer;
  readonly keyId: Buffer;
  readonly key: KeyObject;
  readonly pair: CertificatePair;
}

/** Takes a millisecond for each certificate. Throws when the authority that was given cannot sign. */
export function issueCertificates(
  { authority: known, requests }: IssueOrder,
  nowMs: number,
): IssuedCertificates {
  const authority = known ? loadAuthority(known) : createAuthority(nowMs);
  return {
    authority: authority.pair,
    certificates: requests.map((request) => issueOne(authority, request, nowMs)),
  };
}

function loadAuthority(pair: CertificatePair): Authority {
  const key = createPrivateKey(pair.key);
  if (key.asymmetricKeyDetails?.namedCurve !== namedCurve) {
    throw new Error(
      "Cannot issue certificates: ca.key must be an elliptic key on the curve P-256; remove ca.crt and ca.key to have new ones made",
    );
  }
  const { name, keyId = keyIdentifier(createPublicKey(key)) } = subjectOf(
    new X509Certificate(pair.certificate).raw,
  );
  return { name, keyId, key, pair };
}

function createAuthority(nowMs: number): Authority {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  const name = nameDer("porthole-ca");
  const keyId = keyIdentifier(publicKey);
  const certificate = signCertificate(
    {
      subject: name,
      issuer: name,
      ...validity(nowMs, authorityDays),
      publicKey,
      extensions: [
        extensions.basicConstraints(true),
        extensions.keyUsage(true),
        extensions.subjectKeyIdentifier(keyId),
      ],
    },
    privateKey,
  );
  return { name, keyId, key: privateKey, pair: { certificate, key: privateKeyPem(privateKey) } };
}

function issueOne(
  authority: Authority,
  { commonName, organization, usage, dnsNames, addresses }: CertificateRequest,
  nowMs: number,
): CertificatePair {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  const hasNames = dnsNames.length + addresses.length > 0;
  const certificate = signCertificate(
    {
      subject: nameDer(commonName, organization),
      issuer: authority.name,
      ...validity(nowMs, certificateDays),
      publicKey,
      extensions: [
        extensions.basicConstraints(false),
        extensions.keyUsage(false),
        extensions.extendedKeyUsage(usage),
        extensions.subjectKeyIdentifier(keyIdentifier(publicKey)),
        extensions.authorityKeyIdentifier(authority.keyId),
        ...(hasNames ? [extensions.subjectAltName(dnsNames, addresses)] : []),
      ],
    },
    authority.key,
  );
  return { certificate, key: privateKeyPem(privateKey) };
}

function privateKeyPem(key: KeyObject): string {
  return key.export({ format: "pem", type: "pkcs8" }) as string;
}

function validity(
  nowMs: number,
  days: number,
): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  return { notBeforeMs: nowMs - backdatedMs, notAfterMs: nowMs + days * dayMs };
}
