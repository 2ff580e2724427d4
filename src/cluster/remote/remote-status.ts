/** How an exec or attach ended, as the Status that a kubelet answers with. Pure. */

export const success = { metadata: {}, status: "Success" };

export function failure(message: string): object {
  return { metadata: {}, status: "Failure", reason: "InternalError", message, code: 500 };
}

/** What kubectl makes its own exit code of. */
export function exitStatus(exitCode: number): object {
  if (exitCode === 0) return success;
  return {
    metadata: {},
    status: "Failure",
    reason: "NonZeroExitCode",
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    details: { causes: [{ reason: "ExitCode", message: String(exitCode) }] },
  };
}
