/** The certificates and keys under DATA-DIR/pki: made when they are missing, unusable or about to expire. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { CertificatePair, CertificateRequest } from "./certificate-request.ts";

export interface Pki {
  readonly authority: CertificatePair;
  /** By the name of the request. */
  readonly certificates: ReadonlyMap<string, CertificatePair>;
  /** Some were issued anew. */
  readonly renewed: boolean;
}

const authorityName = "ca";
const renewalMs = 60 * 24 * 60 * 60 * 1000;

/** Reads the files, and issues what is needed. Throws when the directory cannot be written. */
export async function ensurePki(
  directory: string,
  requests: readonly CertificateRequest[],
  nowMs: number,
): Promise<Pki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const stored = await readPair(directory, authorityName);
  const authority = stored && isUsable(stored, nowMs) ? stored : undefined;
  const found = await Promise.all(requests.map(({ name }) => readPair(directory, name)));
  const certificates = new Map<string, CertificatePair>();
  const missing: CertificateRequest[] = [];
  for (const [index, request] of requests.entries()) {
    const pair = found[index];
    if (authority && pair && fulfils(pair, request, authority, nowMs)) certificates.set(request.name, pair);
    else missing.push(request);
  }
  if (authority && missing.length === 0) return { authority, certificates, renewed: false };
  const { issueCertificates } = await import("./issue-certificates.ts");
  const issued = issueCertificates({ ...(authority ? { authority } : {}), requests: missing }, nowMs);
  if (!authority) await writePair(directory, authorityName, issued.authority);
  for (const [index, request] of missing.entries()) {
    const pair = issued.certificates[index];
    if (!pair) throw new Error(`Cannot issue the certificate "${request.name}"`);
    certificates.set(request.name, pair);
  }
  await Promise.all(
    missing.map(async ({ name }) => {
      const pair = certificates.get(name);
      if (pair) await writePair(directory, name, pair);
    }),
  );
  return { authority: issued.authority, certificates, renewed: true };
}

function isUsable({ certificate, key }: CertificatePair, nowMs: number): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    return parsed.checkPrivateKey(createPrivateKey(key)) && parsed.validToDate.getTime() - nowMs > renewalMs;
  } catch {
    return false;
  }
}

function fulfils(
  pair: CertificatePair,
  { dnsNames, addresses }: CertificateRequest,
  authority: CertificatePair,
  nowMs: number,
): boolean {
  if (!isUsable(pair, nowMs)) return false;
  const certificate = new X509Certificate(pair.certificate);
  return (
    certificate.verify(new X509Certificate(authority.certificate).publicKey) &&
    dnsNames.every((name) => certificate.checkHost(name) !== undefined) &&
    addresses.every((address) => certificate.checkIP(address) !== undefined)
  );
}

async function readPair(directory: string, name: string): Promise<CertificatePair | undefined> {
  try {
    const [certificate, key] = await Promise.all(
      ["crt", "key"].map((extension) => readFile(join(directory, `${name}.${extension}`), "utf8")),
    );
    return certificate === undefined || key === undefined ? undefined : { certificate, key };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Killed in between, the pair does not match and is made again. */
async function writePair(
  directory: string,
  name: string,
  { certificate, key }: CertificatePair,
): Promise<void> {
  await writePrivateFile(join(directory, `${name}.key`), key);
  await writePrivateFile(join(directory, `${name}.crt`), certificate);
}

/** Readable by the owner alone; whole, or as it was before. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
