/** Users that log in through a program or an identity provider (`exec`, `auth-provider`). */
import type { User } from "@kubernetes/client-node";
import type { Credentials } from "./cluster-config.ts";
import { KubeconfigError } from "./errors.ts";
import type { Section } from "./kubeconfig-document.ts";

/**
 * Returns a function that runs the plugin when its last answer has expired.
 * PERF: @kubernetes/client-node takes 0.4 s and 80 MB to load, so only such users pay for it.
 */
export function pluginCredentials(user: Section, server: string): () => Promise<Credentials> {
  let loading: Promise<{ applyToHTTPSOptions(options: object): Promise<void> }> | undefined;
  const load = async () => {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const { exec, "auth-provider": authProvider } = user.fields as Record<string, User["exec"]>;
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: "cluster", server, skipTLSVerify: false },
      { name: "user", exec, authProvider },
    );
    return config;
  };
  return async () => {
    loading ??= load();
    const options: { headers?: Record<string, string>; cert?: string; key?: string } = {};
    try {
      await (await loading).applyToHTTPSOptions(options);
    } catch (error) {
      const field = user.fields.exec ? "exec" : "auth-provider";
      throw new KubeconfigError(
        `Kubeconfig "${user.file}": the login of ${user.path}.${field} failed: ${(error as Error).message}`,
        { cause: error },
      );
    }
    const { cert, key, headers } = options;
    return { headers: headers ?? {}, ...(cert && key ? { tls: { cert, key } } : {}) };
  };
}
