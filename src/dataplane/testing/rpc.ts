/** Requests and replies between a test and the processes that it starts, over Node's IPC channel. */
import type { ChildProcess } from "node:child_process";

/** What a process can be asked for. Arguments and results are what structured cloning can carry. */
// biome-ignore lint/suspicious/noExplicitAny: no other type stands for every argument
export type Methods = Readonly<Record<string, (argument: any) => Promise<unknown>>>;

interface Request {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

const readyId = 0;

/** Answers requests of the parent process from now on, and ends with it. */
export function serve(methods: Methods): void {
  const answer = async ({ id, method, argument }: Request): Promise<Reply> => {
    try {
      const run = methods[method];
      if (!run) throw new RangeError(`Cannot run "${method}": there is no such method`);
      return { id, result: await run(argument) };
    } catch (error) {
      return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on("message", async (request: Request) => {
    process.send?.(await answer(request));
  });
  process.on("disconnect", () => process.exit());
  process.send?.({ id: readyId });
}

export interface Caller<M extends Methods> {
  /** Resolves once the process serves. */
  readonly ready: Promise<void>;
  /** Rejects with the other side's error, or when it ends before it has answered. */
  call<K extends keyof M & string>(
    method: K,
    argument: Parameters<M[K]>[0],
  ): Promise<Awaited<ReturnType<M[K]>>>;
}

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

export function createCaller<M extends Methods>(child: ChildProcess): Caller<M> {
  const waiting = new Map<number, Waiting>();
  let lastId = readyId;
  let ended: Error | undefined;
  const expect = <T>(id: number) =>
    new Promise<T>((resolve, reject) => {
      if (ended) reject(ended);
      else waiting.set(id, { resolve, reject });
    });
  const ready = expect<void>(readyId);
  child.on("message", ({ id, result, error }: Reply) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined) resolve?.(result as never);
    else reject?.(new Error(error));
  });
  child.on("exit", (code, signal) => {
    ended = new Error(`The process ${child.pid} ended (${signal ?? `status ${code}`})`);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  });
  return {
    ready,
    call(method, argument) {
      const id = ++lastId;
      const reply = expect<never>(id);
      if (!ended) child.send({ id, method, argument }, () => {});
      return reply;
    },
  };
}
