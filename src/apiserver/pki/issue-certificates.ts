/** Worker thread: issues certificates and ends, so that the X.509 library and its memory end with it. */
import "reflect-metadata";
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type {
  CertificatePair,
  CertificateRequest,
  IssuedCertificates,
  IssueOrder,
} from "./certificate-request.ts";

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;
const signature = { name: "ECDSA", hash: "SHA-256" } as const;
const dayMs = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
const certificateDays = 365;
/** Clocks of clients may be behind. */
const backdatedMs = 5 * 60 * 1000;

interface Authority {
  readonly certificate: X509Certificate;
  readonly key: webcrypto.CryptoKey;
  readonly pair: CertificatePair;
}

async function issue({ authority: known, requests }: IssueOrder): Promise<IssuedCertificates> {
  const authority = known ? await loadAuthority(known) : await createAuthority();
  const certificates = await Promise.all(requests.map((request) => issueOne(authority, request)));
  return { authority: authority.pair, certificates };
}

async function loadAuthority(pair: CertificatePair): Promise<Authority> {
  const der = createPrivateKey(pair.key).export({ format: "der", type: "pkcs8" });
  const key = await webcrypto.subtle.importKey("pkcs8", der, curve, true, ["sign"]);
  return { certificate: new X509Certificate(pair.certificate), key, pair };
}

async function createAuthority(): Promise<Authority> {
  const keys = await generateKeys();
  const name = new Name([{ CN: ["porthole-ca"] }]).toString();
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: name,
    issuer: name,
    ...validity(authorityDays),
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: signature,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pair = { certificate: certificate.toString("pem"), key: privateKeyPem(keys.privateKey) };
  return { certificate, key: keys.privateKey, pair };
}

async function issueOne(authority: Authority, request: CertificateRequest): Promise<CertificatePair> {
  const keys = await generateKeys();
  const { organization, commonName } = request;
  const subject = [...(organization ? [{ O: [organization] }] : []), { CN: [commonName] }];
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: new Name(subject).toString(),
    issuer: authority.certificate.subject,
    ...validity(certificateDays),
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: signature,
    extensions: await extensions(authority, request, keys.publicKey),
  });
  return { certificate: certificate.toString("pem"), key: privateKeyPem(keys.privateKey) };
}

async function extensions(
  authority: Authority,
  { usage, dnsNames, addresses }: CertificateRequest,
  publicKey: webcrypto.CryptoKey,
): Promise<Extension[]> {
  const names = [
    ...dnsNames.map((value) => ({ type: "dns", value }) as const),
    ...addresses.map((value) => ({ type: "ip", value }) as const),
  ];
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([
      usage === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
    ]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(authority.certificate),
    ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
  ];
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(curve, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
}

function privateKeyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ format: "pem", type: "pkcs8" }) as string;
}

function validity(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - backdatedMs), notAfter: new Date(now + days * dayMs) };
}

/** Positive: the first bit is never set. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8(0) & 0x7f, 0);
  return bytes.toString("hex");
}

parentPort?.postMessage(await issue(workerData as IssueOrder));
