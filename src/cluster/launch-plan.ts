/** How a container's program is run: its arguments and its environment. */
import type { Container } from "../api/pod.ts";
import { expandVariables, type RunnableProgram } from "./image.ts";

export interface LaunchPlan {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir?: string;
}

/** Variable that names a file which the echo image makes once it listens. */
export const readyFileVariable = "PORTHOLE_READY_FILE";

/** Variable that names the address which the echo image listens on. */
export const listenAddressVariable = "PORTHOLE_LISTEN_ADDRESS";

export interface BuiltInImages {
  /** How porthole/echo is run. */
  readonly echoCommand: readonly string[];
  readonly readyFile: string;
  readonly listenAddress: string;
}

/** The container's words with $(NAME) filled in; a built-in image also gets what this process knows of starting fast. */
export function planLaunch(
  container: Container,
  program: RunnableProgram,
  env: Readonly<Record<string, string>>,
  { echoCommand, readyFile, listenAddress }: BuiltInImages,
): LaunchPlan {
  const isEcho = program.kind === "echo";
  const words = (isEcho ? program.args : program.argv).map((word) => expandVariables(word, env));
  // The built-in image is code of this checkout: it starts faster with the code cache that this process has.
  const cache = process.env.NODE_COMPILE_CACHE;
  return {
    argv: isEcho ? [...echoCommand, ...words] : words,
    env: isEcho
      ? {
          ...env,
          [readyFileVariable]: readyFile,
          [listenAddressVariable]: listenAddress,
          ...(cache ? { NODE_COMPILE_CACHE: cache } : {}),
        }
      : env,
    ...(container.workingDir === undefined ? {} : { workingDir: container.workingDir }),
  };
}
