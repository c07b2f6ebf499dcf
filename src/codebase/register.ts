import { isAbsolute, relative, resolve, sep } from "node:path";
import { AppError } from "../lib/errors.ts";
import type { ArtifactReport } from "../model/codebase.ts";
import { isTestPath, kindOf, languageOf } from "../source/languages.ts";
import { discoverServices, ownerOf } from "../source/services.ts";
import { updateOne } from "./index/update.ts";
import type { CodebaseIntelligence } from "./port.ts";
import { folderOf } from "./resolve/modules.ts";
import type { Session } from "./session.ts";

/** Index one file now. A file that cannot be read or understood is no error: the report says why. Errors: INVALID_INPUT. */
export async function registerArtifact(
  session: Session,
  { file_path, service_name, source, signal }: Parameters<CodebaseIntelligence["registerArtifact"]>[0],
): Promise<ArtifactReport> {
  const path = pathBelow(session.root, file_path);
  const language = languageOf(path);
  const nothing = { indexed: false, symbols_found: 0, dependencies_found: 0 };
  if (language === null)
    return {
      ...nothing,
      errors: [`${path} is not written in a language that is indexed (Python, TypeScript, JavaScript, Go, Java).`],
    };
  const service = service_name ?? serviceNear(session, path);
  if (service_name !== undefined)
    session.db.prepare("INSERT OR REPLACE INTO owners VALUES (?, ?)").run(path, service_name);
  const info = { path, language, service, kind: kindOf(path), is_test: isTestPath(path) };
  const result = await updateOne(session.writing(signal), {
    info,
    known: null,
    ...(source !== undefined && { source }),
  });
  session.forget();
  if (result.state !== "new")
    return {
      ...nothing,
      errors: [`${path} was not read: ${result.state === "skipped" ? result.reason : "unchanged"}.`],
    };
  const { definitions, bound, parsed } = result.contents;
  return {
    indexed: true,
    symbols_found: definitions.length,
    dependencies_found: new Set(bound.flatMap(([, , module]) => (module === "" ? [] : [module]))).size,
    errors: parsed ? [] : [`The syntax of ${path} could not be read to the end; what was understood is indexed.`],
  };
}

/** The service of the files around: a file is in the service of its folder, or of the nearest one that has files. */
function serviceNear({ db, root }: Session, path: string): string {
  const own = db.prepare("SELECT service FROM files WHERE path = ?").pluck().get(path);
  if (typeof own === "string") return own;
  const below = db.prepare("SELECT service FROM files WHERE path > ? AND path < ? LIMIT 1").pluck();
  for (let folder = folderOf(path); folder !== ""; folder = folderOf(folder)) {
    const near = below.get(`${folder}/`, `${folder}0`);
    if (typeof near === "string") return near;
  }
  return ownerOf(discoverServices(root, [path]))(path);
}

function pathBelow(root: string, path: string): string {
  const below = relative(root, isAbsolute(path) ? path : resolve(root, path));
  if (below === "" || below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below))
    throw new AppError("INVALID_INPUT", `${path} is no file of ${root}.`, {
      remedy: "Give the path of a file in the project folder.",
    });
  return below.split(sep).join("/");
}
