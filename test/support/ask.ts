/** `ask.ts URL [TIMEOUT-MS]`: prints what answers, and fails if nobody does; for network namespaces, which a test itself is not in. */
const [, , url = "", timeoutMs = "5000"] = process.argv;
try {
  const answer = await fetch(url, {
    headers: { accept: "application/json", connection: "close" },
    signal: AbortSignal.timeout(Number(timeoutMs)),
  });
  process.stdout.write(await answer.text());
} catch (error) {
  const { cause, message } = error as Error;
  process.stderr.write(`${cause instanceof Error ? cause.message : message}\n`);
  process.exitCode = 1;
}
