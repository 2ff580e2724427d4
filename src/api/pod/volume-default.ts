/** Defaults of volumes (kubernetes/pkg/apis/core/v1/defaults.go SetDefaults_Volume and its like). */

type Volume = { readonly name: string } & Readonly<Record<string, unknown>>;

/** Files of these sources can be read by everybody, and written by their owner. */
const sourcesWithMode = ["secret", "configMap", "downwardAPI", "projected"];
const defaultMode = 0o644;

/** A volume that names no source is an empty directory. */
export function defaultVolume(volume: Volume): Volume {
  const sources = Object.keys(volume).filter((member) => member !== "name");
  if (sources.length === 0) return { ...volume, emptyDir: {} };
  const source = sourcesWithMode.find((member) => member in volume);
  if (source !== undefined) return { ...volume, [source]: { defaultMode, ...(volume[source] as object) } };
  return "hostPath" in volume
    ? { ...volume, hostPath: { type: "", ...(volume.hostPath as object) } }
    : volume;
}
