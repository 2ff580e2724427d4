import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { type CertificatePair, certificateRequests } from "./certificate-request.ts";
import { issueCertificates } from "./issue-certificates.ts";

const requests = certificateRequests("127.0.0.1", "10.96.0.1", [
  { name: "node-a", user: "system:node:a", group: "system:nodes" },
]);

function directoryOf(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "porthole-issue-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function openssl(directory: string, ...args: readonly string[]): string {
  return execFileSync("openssl", args, {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function hasOpenssl(t: TestContext): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch (error) {
    if (process.env.CI === "true") throw error;
    t.skip("it needs openssl: apt-get install openssl");
    return false;
  }
}

/** Writes `ca.crt` and a file for each certificate, and has OpenSSL judge them by the letter of RFC 5280. */
function requireStrictlyValid(
  directory: string,
  authority: CertificatePair,
  certificates: readonly CertificatePair[],
): void {
  writeFileSync(join(directory, "ca.crt"), authority.certificate);
  for (const [index, { name, usage }] of requests.entries()) {
    writeFileSync(join(directory, `${name}.crt`), certificates[index]?.certificate ?? "");
    const purpose = usage === "server" ? "sslserver" : "sslclient";
    const args = ["-x509_strict", "-purpose", purpose, "-CAfile", "ca.crt", `${name}.crt`];
    assert.match(openssl(directory, "verify", ...args), /: OK/);
  }
}

test("OpenSSL finds the certificates strictly valid, for their purposes", (t) => {
  if (!hasOpenssl(t)) return;
  const { authority, certificates } = issueCertificates({ requests }, Date.now());
  requireStrictlyValid(directoryOf(t), authority, certificates);
});

test("an authority of somebody else's making signs too, under the very name and key identifier that it has", (t) => {
  if (!hasOpenssl(t)) return;
  const directory = directoryOf(t);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    directory,
    ...["req", "-x509", ...curve, "-keyout", "own.key", "-out", "own.crt", "-days", "90"],
    ...["-subj", "/C=CH/O=Somebody/CN=own authority", "-addext", "subjectKeyIdentifier=0102030405"],
    ...["-addext", "keyUsage=critical,keyCertSign", "-addext", "authorityKeyIdentifier=none"],
  );
  const [certificate = "", key = ""] = ["own.crt", "own.key"].map((file) =>
    readFileSync(join(directory, file), "utf8"),
  );
  const known = { certificate, key };
  const { authority, certificates } = issueCertificates({ authority: known, requests }, Date.now());
  assert.deepEqual(authority, known);
  requireStrictlyValid(directory, authority, certificates);
  const [serving] = certificates;
  assert.equal(
    new X509Certificate(serving?.certificate ?? "").issuer,
    new X509Certificate(certificate).subject,
  );
});

test("an authority whose key cannot sign for us is refused with what to do", (t) => {
  if (!hasOpenssl(t)) return;
  const directory = directoryOf(t);
  openssl(directory, ..."req -x509 -newkey rsa:2048 -nodes -keyout a.key -out a.crt -subj /CN=a".split(" "));
  const [certificate = "", key = ""] = ["a.crt", "a.key"].map((file) =>
    readFileSync(join(directory, file), "utf8"),
  );
  assert.throws(
    () => issueCertificates({ authority: { certificate, key }, requests }, Date.now()),
    /ca\.key must be an elliptic key on the curve P-256; remove/,
  );
});

test("a server and a client with these certificates know each other", async (t) => {
  const { authority, certificates } = issueCertificates({ requests }, Date.now());
  const ca = authority.certificate;
  const of = (name: string) => certificates[requests.findIndex((request) => request.name === name)];
  const [serving, node] = [of("apiserver"), of("node-a")];
  const server = createServer({
    ca,
    cert: serving?.certificate ?? "",
    key: serving?.key ?? "",
    requestCert: true,
    rejectUnauthorized: true,
  });
  t.after(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "secureConnection") as Promise<[TLSSocket]>;
  const { port } = server.address() as AddressInfo;
  const client = connect({
    port,
    host: "127.0.0.1",
    ca,
    cert: node?.certificate ?? "",
    key: node?.key ?? "",
  });
  await once(client, "secureConnect");
  const [socket] = await accepted;
  const { subject } = socket.getPeerCertificate();
  assert.deepEqual([subject.O, subject.CN], ["system:nodes", "system:node:a"]);
  client.destroy();
  socket.destroy();
});
