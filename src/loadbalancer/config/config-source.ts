/** A file as the source of frontends. */
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { BalancedFrontend, FrontendSource } from "../balanced-frontend.ts";
import { BalancerConfigError, readBalancerConfig } from "./read-config.ts";
import { watchText } from "./watch-text.ts";

/** A file that is wrong at the start is an error; one that becomes wrong is reported, and the last good state stays. */
export function openConfigSource(file: string, log: Logger, clock: Clock = systemClock): FrontendSource {
  return {
    async follow(onFrontends, signal) {
      let isFirst = true;
      await watchText(file, {
        onText: async (text) => {
          const frontends = await readBalancerText(text, file);
          if (!isFirst) log.info("Read the configuration again", { file, frontends: frontends.size });
          isFirst = false;
          onFrontends(frontends);
        },
        onError: (error) =>
          log.error("Cannot use the changed configuration, going on with the last one", {
            file,
            error: error.message,
          }),
        clock,
        signal,
      });
    },
  };
}

/** Throws BalancerConfigError whose message names the file and all that is wrong with it. */
export async function readBalancerText(
  text: string,
  file: string,
): Promise<ReadonlyMap<string, BalancedFrontend>> {
  const { parseAllDocuments } = await import("../../lib/yaml.ts");
  const [document, second] = parseAllDocuments(text);
  const syntaxError = document?.errors[0];
  try {
    if (syntaxError) throw new BalancerConfigError(syntaxError.message);
    if (second) throw new BalancerConfigError("the file: write one document, not several");
    return readBalancerConfig(document?.toJS());
  } catch (error) {
    if (!(error instanceof BalancerConfigError)) throw error;
    throw new BalancerConfigError(`Cannot use ${file}:\n${error.message}`, { cause: error });
  }
}
