/** What a kubelet's Events say of a container's image before its process starts. */
import type { Container } from "../api/pod.ts";
import type { RunnableProgram } from "./image.ts";

/** For an image that stands beside a command, the first Event says what becomes of it. */
export function announceImage(
  container: Container,
  program: RunnableProgram,
  isFirstStart: boolean,
  onEvent: (type: "Normal", reason: string, message: string) => void,
): void {
  const image = `Container image "${container.image ?? ""}"`;
  if (program.kind === "echo") {
    onEvent("Normal", "Pulled", `${image} already present on machine and can be accessed by the pod`);
  } else if (container.image && isFirstStart) {
    onEvent("Normal", "Pulled", `${image} is not used: the command runs as a process of this machine`);
  }
  onEvent("Normal", "Created", "Container created");
}
