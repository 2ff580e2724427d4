/** `kubectl attach`: what a container prints from now on. Its process has no standard input that outlives its agent. */
import type { ContainerRunner } from "../container-runner.ts";
import { readLog } from "../read-log.ts";
import type { RemoteChannels, RemoteWishes } from "./channels.ts";
import { failure, success } from "./remote-status.ts";

const noInput = "Nothing can be typed to this container: processes of pods have no standard input here.\r\n";

/** Never rejects: what goes wrong is told to the client. */
export async function attach(
  runner: ContainerRunner,
  channels: RemoteChannels,
  { stdin }: RemoteWishes,
): Promise<void> {
  const log = runner.log(false);
  if (!log || !runner.state.running)
    return channels.finish(failure(`container "${runner.container.name}" is not running`));
  if (stdin) await channels.send("stderr", Buffer.from(noInput));
  channels.stdin.resume();
  try {
    for await (const bytes of readLog(log, { follow: true, tailLines: 0 }, channels.gone))
      await channels.send("stdout", bytes);
    channels.finish(success);
  } catch (error) {
    channels.finish(failure((error as Error).message));
  }
}
