/** Writes to the store named by the first argument until it is killed, and prints what was acknowledged. */
import { writeSync } from "node:fs";
import { openSqliteStore } from "../sqlite-store.ts";

const [, , file = "", round = ""] = process.argv;
const store = await openSqliteStore(file);
let count = 0;

async function write(): Promise<never> {
  for (;;) {
    const name = `${round}-${count++}`;
    const value = name.repeat(20);
    await store.commit([
      { key: `first/${name}`, value },
      { key: `second/${name}`, value },
    ]);
    writeSync(1, `first/${name} ${value}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, write));
