/** Which program a container runs: its own command, or an image that is built in. Pure. */
import type { Container } from "../api/pod.ts";
import { parseEchoArguments } from "./echo/arguments.ts";

export type RunnableProgram =
  | { readonly kind: "command"; readonly argv: readonly string[] }
  | { readonly kind: "echo"; readonly args: readonly string[] };

export type Program =
  | RunnableProgram
  /** Porthole runs processes, not images. */
  | { readonly kind: "unknown-image"; readonly message: string };

const echoImage = /^(?:docker\.io\/)?porthole\/echo(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;

export function programOf({ image = "", command = [], args = [] }: Container): Program {
  if (command.length > 0) return { kind: "command", argv: [...command, ...args] };
  if (echoImage.test(image)) return { kind: "echo", args };
  return {
    kind: "unknown-image",
    message: `image "${image}" is not built in: pods are processes here, so give the container a command, or use porthole/echo`,
  };
}

/** Where the echo image of a container listens; 0 if its arguments make no sense, so that it ends at once. */
export function echoPort({ args = [], env = [], ports }: Container): number {
  const declared = ports?.[0]?.containerPort;
  const wanted = env.findLast(({ name }) => name === "PORT")?.value ?? declared?.toString();
  try {
    return parseEchoArguments(args, wanted).port;
  } catch {
    return 0;
  }
}

/** Expands $(NAME) as a kubelet does: unknown names stay as they are, $$ is one $. */
export function expandVariables(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]+)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return env[name] ?? whole;
  });
}
