import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import {
  hasAddress,
  killGroup,
  linkLayerAddress,
  type Machine,
  makeLan,
  neighbourOf,
  startKeepalived,
  startVrrp,
  untilAddress,
  whoAnswers,
} from "./testing/lan.ts";
import type { VirtualRouter } from "./virtual-router.ts";

const missing = spawnSync("keepalived", ["--version"]).error !== undefined;
const options = {
  timeout: 60_000,
  skip: needsRoot.skip || (process.env.CI !== "true" && missing && "needs the Debian package keepalived"),
};
const families = ["IPv4", "IPv6"] as const;
const addresses = { IPv4: "192.168.0.100", IPv6: "fd00::100" } as const;

interface World {
  readonly ours: Machine;
  readonly theirs: Machine;
  readonly client: Machine;
  readonly address: string;
  router(priority: number): VirtualRouter;
}

async function makeWorld(t: TestContext, family: (typeof families)[number]): Promise<World> {
  const [ours, theirs, client] = (await makeLan(t, 3)) as [Machine, Machine, Machine];
  const address = addresses[family];
  const router = (priority: number) => ({ vrid: 51, family, addresses: [address], priority });
  return { ours, theirs, client, address, router };
}

/** Fails unless a client's connections reach the machine, and none goes elsewhere. */
async function assertReaches({ client, address }: World, machine: Machine): Promise<void> {
  assert.equal(await whoAnswers(client, address), machine.number);
  assert.equal(neighbourOf(client, address), linkLayerAddress(machine));
}

for (const family of families) {
  test(
    `${family}: keepalived takes over from ours when that is killed, and gives back`,
    options,
    async (t) => {
      const world = await makeWorld(t, family);
      const { ours, theirs, address } = world;
      const process = startVrrp(t, ours, [world.router(200)]);
      await process.until("active");
      await assertReaches(world, ours);
      startKeepalived(t, theirs, { vrid: 51, address, priority: 100 });
      process.child.kill("SIGKILL");
      await untilAddress(theirs, address, true);
      await assertReaches(world, theirs);
      await untilAddress(ours, address, false);
      const again = startVrrp(t, ours, [world.router(200)]);
      await again.until("active");
      await untilAddress(theirs, address, false);
      await assertReaches(world, ours);
    },
  );

  test(`${family}: ours takes over from keepalived when that is killed`, options, async (t) => {
    const world = await makeWorld(t, family);
    const { ours, theirs, address } = world;
    const keepalived = startKeepalived(t, theirs, { vrid: 51, address, priority: 200 });
    await untilAddress(theirs, address, true);
    await assertReaches(world, theirs);
    const process = startVrrp(t, ours, [world.router(100)]);
    await process.until("backup");
    assert.equal(hasAddress(ours, address), false);
    killGroup(keepalived);
    await process.until("active");
    assert.equal(hasAddress(ours, address), true);
    // The dead one's address stays; neighbours do not go there.
    await assertReaches(world, ours);
  });

  test(
    `${family}: ours, higher, preempts keepalived, and keepalived, higher, preempts ours`,
    options,
    async (t) => {
      const world = await makeWorld(t, family);
      const { ours, theirs, address } = world;
      const lower = startKeepalived(t, theirs, { vrid: 51, address, priority: 100 });
      await untilAddress(theirs, address, true);
      const process = startVrrp(t, ours, [world.router(150)]);
      await process.until("active");
      await untilAddress(theirs, address, false);
      await assertReaches(world, ours);
      killGroup(lower);
      startKeepalived(t, theirs, { vrid: 51, address, priority: 200 });
      await untilAddress(theirs, address, true);
      await process.until("backup");
      assert.equal(hasAddress(ours, address), false);
      await assertReaches(world, theirs);
    },
  );

  test(
    `${family}: ours hands over to keepalived when it is stopped, and at most the connection of that moment is lost`,
    options,
    async (t) => {
      const world = await makeWorld(t, family);
      const { ours, theirs, client, address } = world;
      startKeepalived(t, theirs, { vrid: 51, address, priority: 100 });
      await untilAddress(theirs, address, true);
      const process = startVrrp(t, ours, [world.router(200)]);
      await process.until("active");
      await untilAddress(theirs, address, false);
      await assertReaches(world, ours);
      const answers: number[] = [];
      const failures: string[] = [];
      let handedOver = false;
      const requests = async () => {
        while (!handedOver)
          await whoAnswers(client, address).then(
            (number) => answers.push(number),
            (error: Error) => failures.push(error.message),
          );
      };
      const asking = requests();
      process.child.kill("SIGTERM");
      await process.until("ended");
      assert.equal(hasAddress(ours, address), false);
      await untilAddress(theirs, address, true);
      handedOver = true;
      await asking;
      // Once keepalived's machine answers, ours does no more.
      assert.deepEqual(answers, answers.toSorted());
      // keepalived passes nothing back, so the connection that is open in that moment may be cut; there is one at a time.
      assert.ok(failures.length <= 1, failures.join());
      await assertReaches(world, theirs);
    },
  );
}
