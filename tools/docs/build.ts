/** `npm run docs`: writes the reference and the site; fails where a link leads nowhere. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { referencePages } from "./reference.ts";
import { findDeadLinks, repository, writeSite } from "./site.ts";

for (const [path, text] of await referencePages()) writeFileSync(join(repository, path), text);
const dead = findDeadLinks();
for (const link of dead) console.error(`Leads nowhere: ${link}`);
const directory = join(repository, "site");
writeSite(directory);
console.log(`Wrote ${directory}`);
process.exitCode = dead.length > 0 ? 1 : 0;
