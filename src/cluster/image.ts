/** Which program a container runs: its own command, or an image that is built in. Pure. */
import type { Container } from "../api/pod.ts";

export type Program =
  | { readonly kind: "command"; readonly argv: readonly string[] }
  | { readonly kind: "echo"; readonly args: readonly string[] }
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

/** Expands $(NAME) as a kubelet does: unknown names stay as they are, $$ is one $. */
export function expandVariables(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name: string | undefined) => {
    if (name === undefined) return "$";
    return env[name] ?? whole;
  });
}
