/** The key that signs tokens of service accounts: DATA-DIR/pki/sa.key, made when it is missing. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { writePrivateFile } from "../../pki/pki-files.ts";

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Names the key in tokens: the SHA-256 of the public key, as kube-apiserver does. */
  readonly id: string;
}

/** NOTE: ES256, so the curve is P-256. Rejects with an error that names the file when it holds something else. */
export async function ensureSigningKey(file: string): Promise<SigningKey> {
  const stored = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (stored !== undefined) return signingKey(stored, file);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const text = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writePrivateFile(file, text);
  return signingKey(text, file);
}

function signingKey(pem: string, file: string): SigningKey {
  const privateKey = parse(pem, file);
  if (privateKey.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new Error(
      `Cannot use ${file}: it is no P-256 key. Remove it, and one is made; tokens signed by the old one end`,
    );
  }
  const publicKey = createPublicKey(privateKey);
  const id = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64url");
  return { privateKey, publicKey, id };
}

function parse(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Error(`Cannot use ${file}: it is no private key in PEM`, { cause });
  }
}
