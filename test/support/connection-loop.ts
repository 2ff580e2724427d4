/**
 * Opens one connection after the other to HOST PORT until its standard input ends, reads an answer from each, and prints
 * `{"answered": N, "failures": ["…"]}`. A program of its own, since it runs in another network namespace.
 */
import { connect } from "node:net";

const [host = "", port = ""] = process.argv.slice(2);
const connectTimeoutMs = 5000;
const mostFailures = 20;
const failures: string[] = [];
let answered = 0;
let stopping = false;

process.stdin.resume().once("end", () => {
  stopping = true;
});

function answer(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: connectTimeoutMs });
    let failure: string | undefined = "no answer";
    socket.on("data", () => {
      failure = undefined;
      socket.destroy();
    });
    socket.on("timeout", () => {
      failure = "timeout";
      socket.destroy();
    });
    socket.on("error", (error) => {
      failure = error.message;
    });
    socket.on("close", () => resolve(failure));
  });
}

while (!stopping) {
  const failure = await answer();
  if (failure === undefined) answered += 1;
  else if (failures.length < mostFailures) failures.push(`after ${answered}: ${failure}`);
}
console.log(JSON.stringify({ answered, failures }));
