import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { certificateRequests } from "./certificate-request.ts";
import { ensurePki } from "./pki-files.ts";

const dayMs = 24 * 60 * 60 * 1000;

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "porthole-pki-"));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test("certificates are issued once, for the right names, by one authority, in private files", () =>
  inDirectory(async (directory) => {
    const requests = certificateRequests("api.example.com", "10.96.0.1");
    const first = await ensurePki(directory, requests, Date.now());
    assert.equal(first.renewed, true);
    const authority = new X509Certificate(first.authority.certificate);
    for (const { name } of requests) {
      const certificate = new X509Certificate(first.certificates.get(name)?.certificate ?? "");
      assert.ok(certificate.verify(authority.publicKey), name);
      assert.equal((await stat(join(directory, `${name}.key`))).mode & 0o777, 0o600, name);
    }
    const serving = new X509Certificate(first.certificates.get("apiserver")?.certificate ?? "");
    for (const host of ["localhost", "kubernetes.default.svc", "api.example.com"])
      assert.ok(serving.checkHost(host), host);
    for (const address of ["127.0.0.1", "::1", "10.96.0.1"]) assert.ok(serving.checkIP(address), address);
    const admin = new X509Certificate(first.certificates.get("admin")?.certificate ?? "");
    assert.equal(admin.subject, "O=system:masters\nCN=kubernetes-admin");

    const again = await ensurePki(directory, requests, Date.now());
    assert.equal(again.renewed, false);
    assert.deepEqual(again.certificates, first.certificates);
  }));

test("what is about to expire, damaged or for other names is issued again by the same authority", () =>
  inDirectory(async (directory) => {
    const requests = certificateRequests("127.0.0.1", "10.96.0.1");
    const first = await ensurePki(directory, requests, Date.now());

    const late = await ensurePki(directory, requests, Date.now() + 320 * dayMs);
    assert.equal(late.renewed, true);
    assert.equal(late.authority.certificate, first.authority.certificate);

    await writeFile(join(directory, "admin.key"), "broken");
    const repaired = await ensurePki(directory, requests, Date.now());
    assert.notEqual(repaired.certificates.get("admin")?.key, "broken");
    assert.equal(repaired.certificates.get("node")?.key, late.certificates.get("node")?.key);

    const moved = await ensurePki(directory, certificateRequests("127.0.0.1", "10.97.0.1"), Date.now());
    assert.notEqual(moved.certificates.get("apiserver")?.key, late.certificates.get("apiserver")?.key);
    assert.equal(moved.certificates.get("admin")?.key, repaired.certificates.get("admin")?.key);
  }));
