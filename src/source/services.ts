import { basename, posix } from "node:path";
import { slug } from "../lib/ids.ts";

export interface ServiceFolder {
  name: string;
  /** Relative to the scanned folder, with "/"; "" is the folder itself. */
  directory: string;
}

const MANIFEST =
  /^(package\.json|pyproject\.toml|requirements\.txt|setup\.py|pipfile|go\.mod|pom\.xml|build\.gradle(\.kts)?|cargo\.toml|dockerfile)$/i;

/**
 * Services of a folder by their manifests: every folder with one is a service named after the folder. A folder without
 * any is one service.
 */
export function discoverServices(root: string, files: readonly string[]): ServiceFolder[] {
  const folders = new Set<string>();
  for (const file of files) if (MANIFEST.test(posix.basename(file))) folders.add(parentOf(file));
  if (folders.size === 0) folders.add("");
  const taken = new Map<string, number>();
  return [...folders].sort().map((directory) => {
    const name = slug(directory === "" ? basename(root) : posix.basename(directory));
    const count = taken.get(name) ?? 0;
    taken.set(name, count + 1);
    return { name: count === 0 ? name : slug(directory, 80), directory };
  });
}

/** Gives the service that owns a path: the one with the deepest folder around it; "" when there is none. */
export function ownerOf(services: readonly ServiceFolder[]): (path: string) => string {
  const byFolder = new Map(services.map(({ name, directory }) => [directory, name]));
  const ownerOfFolder = (folder: string): string => {
    const known = byFolder.get(folder);
    if (known !== undefined) return known;
    const name = folder === "" ? "" : ownerOfFolder(parentOf(folder));
    byFolder.set(folder, name);
    return name;
  };
  return (path) => ownerOfFolder(parentOf(path));
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}
