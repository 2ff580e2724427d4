/** Static tokens: kube-apiserver's --token-auth-file, a CSV of `token,user,uid` and optionally `"group1,group2"`. */
import { createHash, timingSafeEqual } from "node:crypto";
import { administrators, authenticatedGroup, type User } from "./user.ts";

export interface TokenTable {
  /** Takes the same time whether a token is nearly right or altogether wrong. */
  find(token: string): User | undefined;
  /** The first token whose user is in the group system:masters. */
  readonly administrator: string | undefined;
}

/** Throws an error that names the line that is wrong. Empty lines and lines that begin with `#` are skipped. */
export function parseTokenFile(text: string, fileName: string): TokenTable {
  const rows = text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return [];
    return [parseRow(line, `${fileName}, line ${index + 1}`)];
  });
  if (rows.length === 0) {
    throw new Error(
      `Cannot use ${fileName}: it holds no token. A line looks like: token,user,uid,"group1,group2"`,
    );
  }
  return {
    administrator: rows.find(({ user }) => user.groups.includes(administrators))?.token,
    find(token) {
      const digest = digestOf(token);
      let found: User | undefined;
      for (const row of rows) if (timingSafeEqual(row.digest, digest)) found ??= row.user;
      return found;
    },
  };
}

interface TokenRow {
  readonly token: string;
  readonly digest: Buffer;
  readonly user: User;
}

function parseRow(line: string, where: string): TokenRow {
  const [token = "", name = "", uid = "", groups = ""] = splitCsv(line, where);
  if (token === "") throw new Error(`Cannot read ${where}: the token is empty`);
  if (name === "")
    throw new Error(
      `Cannot read ${where}: the user name is missing; a line is token,user,uid,"group1,group2"`,
    );
  const named = groups
    .split(",")
    .map((group) => group.trim())
    .filter((group) => group !== "");
  return { token, digest: digestOf(token), user: { name, uid, groups: [...named, authenticatedGroup] } };
}

/** One CSV record, RFC 4180: a quoted field may hold commas, and quotes doubled. */
function splitCsv(line: string, where: string): readonly string[] {
  const fields: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/gy;
  for (;;) {
    const match = pattern.exec(line);
    if (!match) throw new Error(`Cannot read ${where}: a quote is not closed, or stands inside a field`);
    const [, quoted, plain = "", separator] = match;
    fields.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'));
    if (separator === "") return fields;
  }
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
