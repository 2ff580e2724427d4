/** Ledger: what clients were told of their writes, and whether a server still holds to it. */
import assert from "node:assert/strict";
import type { ApiProcess } from "./api-process.ts";

/** `value` counts the writes of one object; 0: it does not exist. */
interface Account {
  acknowledged: number;
  /** Writes that nobody answered since: they may have taken place, or not. */
  possible: number[];
}

export type LedgerKind = "services" | "configmaps";

export interface Ledger {
  /** Writes to objects of its own until the server is gone; throws when it answers what it must not. */
  write(server: ApiProcess, client: string): Promise<void>;
  /** Lists everything; each object must be in a state that was acknowledged or may have been reached. Returns the lists' objects. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
  check(server: ApiProcess): Promise<ReadonlyMap<LedgerKind, readonly any[]>>;
  readonly acknowledgedWrites: number;
}

const namesPerClient = 6;

export function openLedger(): Ledger {
  const accounts = new Map<string, Account>();
  let serial = 0;
  let acknowledgedWrites = 0;

  async function write(server: ApiProcess, client: string): Promise<void> {
    for (let turn = 0; ; turn++) {
      const kind: LedgerKind = turn % 2 === 0 ? "services" : "configmaps";
      const name = `${client}-${(turn >> 1) % namesPerClient}`;
      const account = accountOf(accounts, `${kind}/${name}`);
      if (account.possible.length > 0) throw new Error(`${kind}/${name} was not checked`);
      const exists = account.acknowledged > 0;
      const deletes = exists && turn % 7 === 0;
      const value = deletes ? 0 : ++serial;
      account.possible.push(value);
      const form = exists ? updates[(turn >> 1) % updates.length] : creations[(turn >> 1) % creations.length];
      const reply = await send(server, kind, name, value, form ?? "PUT").catch(() => undefined);
      if (!reply) return;
      assert.ok(reply.status === 200 || reply.status === 201, JSON.stringify(reply.body));
      account.acknowledged = value;
      account.possible = [];
      acknowledgedWrites += 1;
    }
  }

  return {
    write,
    async check(server) {
      const lists = new Map<LedgerKind, readonly { readonly metadata: { readonly name: string } }[]>();
      for (const kind of ["services", "configmaps"] as const) {
        const { status, body } = await server.call("GET", `${collection}/${kind}`);
        assert.equal(status, 200);
        lists.set(kind, ownObjects(body.items));
        const values = new Map<string, number>(
          // biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
          ownObjects(body.items).map((object: any) => [
            `${kind}/${object.metadata.name}`,
            wholeValue(kind, object),
          ]),
        );
        for (const [key, account] of accounts) {
          if (!key.startsWith(kind)) continue;
          const found = values.get(key) ?? 0;
          const allowed = [account.acknowledged, ...account.possible];
          assert.ok(allowed.includes(found), `${key} is at ${found}, but may be at ${allowed.join(" or ")}`);
          account.acknowledged = found;
          account.possible = [];
        }
      }
      return lists;
    },
    get acknowledgedWrites() {
      return acknowledgedWrites;
    },
  };
}

/** A cluster has objects of its own, too. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
function ownObjects(items: readonly any[]): readonly any[] {
  return items.filter(({ metadata }) => metadata.labels?.value !== undefined);
}

const collection = "/api/v1/namespaces/default";

/** The ways in which a client may write an object: PUT, POST, and the patches by their content types. */
const creations = ["POST", "apply-patch+yaml"] as const;
const updates = ["PUT", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"] as const;
type Form = (typeof creations | typeof updates)[number];

function send(server: ApiProcess, kind: LedgerKind, name: string, value: number, form: Form) {
  const path = `${collection}/${kind}`;
  if (value === 0) return server.call("DELETE", `${path}/${name}`);
  const body = kind === "services" ? service(name, value) : configMap(name, value);
  switch (form) {
    case "POST":
      return server.call("POST", path, body);
    case "PUT":
      return server.call("PUT", `${path}/${name}`, body);
    case "apply-patch+yaml": {
      const query = "fieldManager=ledger&force=true";
      return server.call("PATCH", `${path}/${name}?${query}`, body, `application/${form}`);
    }
    default:
      return server.call("PATCH", `${path}/${name}`, body, `application/${form}`);
  }
}

/** Both places of the value must agree: an object that was half written has two. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what the server sent
function wholeValue(kind: LedgerKind, object: any): number {
  const { metadata } = object;
  const other =
    kind === "services"
      ? object.spec.selector.value
      : object.data.value.slice(0, metadata.labels.value.length);
  assert.equal(metadata.labels.value, other, `${kind}/${metadata.name} is half written`);
  return Number(metadata.labels.value);
}

function configMap(name: string, value: number) {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, labels: { value: `${value}` } },
    data: { value: `${value} ${"x".repeat(3000)}` },
  };
}

function service(name: string, value: number) {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, labels: { value: `${value}` } },
    spec: { type: "NodePort", selector: { value: `${value}` }, ports: [{ name: "http", port: 80 }] },
  };
}

function accountOf(accounts: Map<string, Account>, key: string): Account {
  const known = accounts.get(key);
  if (known) return known;
  const account: Account = { acknowledged: 0, possible: [] };
  accounts.set(key, account);
  return account;
}
