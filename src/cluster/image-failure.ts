/** What a kubelet says of an image that it cannot pull. Pure. */
import type { ContainerState } from "../api/pod.ts";

export interface ImageFailure {
  readonly state: ContainerState;
  readonly events: readonly {
    readonly type: "Normal" | "Warning";
    readonly reason: string;
    readonly message: string;
  }[];
}

/** The first failure is told as such, the ones after it as waiting for the next attempt. */
export function describeImageFailure(image: string, why: string, before: ContainerState): ImageFailure {
  const message = `failed to pull and unpack image "${image}": ${why}`;
  const isFirst = !["ErrImagePull", "ImagePullBackOff"].includes(before.waiting?.reason ?? "");
  if (isFirst) {
    return {
      state: { waiting: { reason: "ErrImagePull", message } },
      events: [
        { type: "Normal", reason: "Pulling", message: `Pulling image "${image}"` },
        { type: "Warning", reason: "Failed", message: `Failed to pull image "${image}": ${message}` },
        { type: "Warning", reason: "Failed", message: "Error: ErrImagePull" },
      ],
    };
  }
  const text = `Back-off pulling image "${image}"`;
  return {
    state: { waiting: { reason: "ImagePullBackOff", message: `${text}: ErrImagePull: ${message}` } },
    events: [
      { type: "Normal", reason: "BackOff", message: text },
      { type: "Warning", reason: "Failed", message: "Error: ImagePullBackOff" },
    ],
  };
}
