import { existsSync } from "node:fs";
import { join } from "node:path";
import { UNOWNED_DIRECTORIES } from "../../lib/fs.ts";

/** Left by installing, building and testing, whatever the language. A service's own .gitignore may say otherwise. */
const ALWAYS = [
  ...[...UNOWNED_DIRECTORIES].map((name) => `${name}/`),
  ...[".pytest_cache/", ".mypy_cache/", ".ruff_cache/", ".tox/", ".nox/", "htmlcov/", "*.pyc"],
  ...[".next/", ".nuxt/", ".svelte-kit/", ".turbo/", ".cache/", ".nyc_output/", "*.tsbuildinfo"],
  ...[".gradle/", ".DS_Store"],
];

/** Output only beside one of these files: the names are ordinary ones. */
const BESIDE: [string, readonly string[]][] = [
  ["target/", ["pom.xml", "Cargo.toml"]],
  ["build/", ["build.gradle", "build.gradle.kts", "setup.py", "pyproject.toml"]],
  ["*.egg-info/", ["setup.py", "setup.cfg", "pyproject.toml"]],
  ["venv/", ["venv/pyvenv.cfg"]],
];

/**
 * Patterns, in the syntax of .gitignore, of what is no part of the services' code in a folder. `installed` names by
 * service what an install or a build has left in its folder.
 */
export function excludesIn(
  root: string,
  services: readonly string[],
  installed: (service: string) => string[],
): string {
  const own = services.flatMap((service) => [
    ...BESIDE.filter(([, files]) => files.some((file) => existsSync(join(root, service, file)))).map(
      ([pattern]) => `/${service}/**/${pattern}`,
    ),
    ...installed(service).map((path) => `/${service}/${escaped(path)}`),
  ]);
  return `${[...ALWAYS, ...own].join("\n")}\n`;
}

/** A path as a pattern that means just it. */
function escaped(path: string): string {
  return path.replaceAll(/[\\*?[\]]/g, (char) => `\\${char}`).replace(/ +$/, (spaces) => "\\ ".repeat(spaces.length));
}
