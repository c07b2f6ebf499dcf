import { isAbsolute, join, relative, sep } from "node:path";

/** How a server writes the paths of a project's files, and how we read them. */
export interface PathForm {
  /** For the server, from a path relative to the project folder. */
  out(path: string): string;
  /** Relative to the project folder, with "/"; what is outside of it stays as it came. */
  in(path: string): string;
}

/** `absolute`: the server runs somewhere else and reads files itself, as Build 1 does. */
export function pathForm(workspace: string, absolute: boolean): PathForm {
  return {
    out: (path) => (absolute && !isAbsolute(path) ? join(workspace, path) : path),
    in: (path) => {
      const inside = isAbsolute(path) ? relative(workspace, path) : path;
      return inside.startsWith("..") || isAbsolute(inside) ? path : inside.split(sep).join("/");
    },
  };
}
