/** Ends connections at moments at which that costs their clients nothing, as far as such moments come. */
import type { Clock } from "../../lib/clock.ts";
import type { ConnectionSet } from "./connection-set.ts";
import type { TcpConnection } from "./tcp-connection.ts";

/** Each has so long to come to such a moment. */
const mostMs = 1_000;
/** So often it is looked whether it has. */
const lookMs = 1;

/** Begins at once, with those that `which` names, or all; resets the last of them after a second. Returns what stops it. */
export function letGo(
  connections: Pick<ConnectionSet, "visit">,
  clock: Clock,
  which: (connection: TcpConnection) => boolean = () => true,
): () => void {
  const visit = (end: (connection: TcpConnection) => void) =>
    connections.visit((connection) => which(connection) && end(connection));
  let cancelLook = () => {};
  const look = () => {
    visit((connection) => connection.endIfQuiet());
    cancelLook = clock.after(lookMs, look);
  };
  look();
  const cancelDeadline = clock.after(mostMs, () => {
    cancelLook();
    visit((connection) => connection.reset());
  });
  return () => {
    cancelLook();
    cancelDeadline();
  };
}
