import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Scripts and settings are small; programs are not. */
const MAX_BYTES = 1_000_000;

/**
 * A virtual environment names its own place: in the first lines of its commands, in its settings, and where a package is
 * installed from its source folder. After a move, let it name the new one.
 */
export function moveVenvPaths(venv: string, from: string, to: string): void {
  const files = [join(venv, "pyvenv.cfg"), ...["bin", "Scripts"].flatMap((name) => filesIn(join(venv, name)))];
  for (const packages of sitePackages(venv)) {
    files.push(...filesIn(packages).filter((file) => /(?:\.pth|\.egg-link|__editable__[^/\\]*\.py)$/.test(file)));
    files.push(
      ...foldersIn(packages).flatMap((folder) => filesIn(folder).filter((file) => /direct_url\.json$/.test(file))),
    );
  }
  for (const file of files) replaceIn(file, from, to);
}

function sitePackages(venv: string): string[] {
  const versions = foldersIn(join(venv, "lib")).map((folder) => join(folder, "site-packages"));
  return [...versions, join(venv, "Lib", "site-packages")].filter((folder) => existsSync(folder));
}

function entriesIn(folder: string) {
  return existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
}

function filesIn(folder: string): string[] {
  return entriesIn(folder).flatMap((entry) => (entry.isFile() ? [join(folder, entry.name)] : []));
}

function foldersIn(folder: string): string[] {
  return entriesIn(folder).flatMap((entry) => (entry.isDirectory() ? [join(folder, entry.name)] : []));
}

function replaceIn(file: string, from: string, to: string): void {
  const { size, mode } = lstatSync(file);
  if (size > MAX_BYTES) return;
  const text = readFileSync(file, "latin1");
  // As bytes: the paths may hold letters beyond ASCII.
  const [old, fresh] = [from, to].map((path) => Buffer.from(path).toString("latin1"));
  if (old === undefined || fresh === undefined || !text.includes(old) || text.includes("\0")) return;
  writeFileSync(
    file,
    Buffer.from(
      text.replaceAll(old, () => fresh),
      "latin1",
    ),
    { mode },
  );
}
