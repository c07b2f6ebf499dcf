/** Languages whose syntax trees the rules read. */
export const LANGUAGES = ["python", "typescript", "javascript", "go", "java"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What a file is to the rules. `text` is everything readable that has no meaning of its own here. */
export type FileKind = "code" | "dockerfile" | "compose" | "text";

const BY_EXTENSION: Record<string, Language> = {
  ".py": "python",
  ".pyi": "python",
  ".ts": "typescript",
  ".tsx": "typescript",
  ".mts": "typescript",
  ".cts": "typescript",
  ".js": "javascript",
  ".jsx": "javascript",
  ".mjs": "javascript",
  ".cjs": "javascript",
  ".go": "go",
  ".java": "java",
};

const BINARY_EXTENSIONS = new Set(
  (
    "png jpg jpeg gif webp bmp ico tif tiff pdf zip gz tgz bz2 xz zst 7z rar jar war class pyc pyo so dylib dll exe o a " +
    "woff woff2 ttf otf eot mp3 mp4 mov avi webm wav ogg flac db sqlite sqlite3 wasm bin dat parquet pack idx node"
  )
    .split(" ")
    .map((extension) => `.${extension}`),
);

const LOCK_FILES = new Set([
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "poetry.lock",
  "uv.lock",
  "pipfile.lock",
  "go.sum",
  "cargo.lock",
  "composer.lock",
  "gemfile.lock",
]);

/** The last part of a path with "/": node:path looks at every character, and is asked for every file. */
function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** From the last dot on, unless the name begins with it. */
function extname(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot) : "";
}

/** The language of a code file by its name; null for everything else. */
export function languageOf(path: string): Language | null {
  return BY_EXTENSION[extname(basename(path)).toLowerCase()] ?? null;
}

/** Dockerfile, Dockerfile.prod, Dockerfile-dev, api.Dockerfile, and the same as Containerfile. */
const DOCKERFILE = /^(dockerfile|containerfile)(\.[\w.-]+|[-_][\w-]+)?$|^[\w.-]+[.](dockerfile|containerfile)$/;
/** compose.yaml, docker-compose.prod.yml, docker-compose_dev.yml, monitoring.docker-compose.yml, docker-stack.yml. */
const COMPOSE = /(^|[._-])compose([._-][\w.-]+)?\.ya?ml$|^(docker-)?stack([._-][\w.-]+)?\.ya?ml$/;

/** What a file is, by its name. */
export function kindOf(path: string): FileKind {
  if (languageOf(path) !== null) return "code";
  const name = basename(path).toLowerCase();
  if (DOCKERFILE.test(name))
    return /\.(dockerignore|md|txt|rst|html?|ya?ml|json|sh)$/.test(name) ? "text" : "dockerfile";
  if (COMPOSE.test(name)) return "compose";
  return "text";
}

/** Why a file is passed over because of its name; null when it is to be read. */
export function skipByName(path: string): string | null {
  const name = basename(path).toLowerCase();
  if (BINARY_EXTENSIONS.has(extname(name))) return "binary";
  if (LOCK_FILES.has(name)) return "lock file";
  if (/\.min\.(js|css|mjs)$|\.(js|css|mjs)\.map$/.test(name)) return "minified";
  return BUNDLE_FOLDERS.test(path) && BUNDLE_NAMES.some((pattern) => pattern.test(name)) ? "bundle" : null;
}

/** Where build tools put what browsers load. */
const BUNDLE_FOLDERS = /(^|\/)(assets|static|public|built|dist|build|chunks|_nuxt|_next|_app|www|wwwroot)\//;
/** Their names end in a digest of the content: index-C8qwgKWF.mjs, chunk.728.985c45ad584b4b91ca60.js, 02f6a39.js. */
const BUNDLE_NAMES = [
  /[-.][0-9a-f]{16,64}\.[cm]?js$/,
  /[-.](?=[\w-]{0,7}\d)(?=[\w-]{0,7}[a-z])[\w-]{8}\.[cm]?js$/,
  /^(?=[a-f]{0,20}\d)(?=\d{0,20}[a-f])[0-9a-f]{7,64}\.[cm]?js$/,
];

const TEST_FOLDERS = /(^|\/)(tests?|__tests__|__mocks__|specs?|e2e|fixtures|testdata|test_data|mocks)\//i;
const TEST_FILES =
  /(\.(test|spec|e2e|stories)\.[cm]?[jt]sx?|(^|\/)test_[^/]*\.py|_tests?\.(py|go)|(^|\/)conftest\.py|Tests?\.java)$/;

/** Whether a path, relative to the scanned folder, is test code. */
export function isTestPath(path: string): boolean {
  return TEST_FOLDERS.test(path) || TEST_FILES.test(path);
}

/** Whether code under this path talks to a terminal or builds something, rather than serving requests. */
export function isToolingPath(path: string): boolean {
  return (
    /(^|\/)(\.?ci|\.github|scripts?|bin|tools?|examples?|docs?|bench(marks?)?|migrations?|alembic|management\/commands|cli|cmd)\//i.test(
      path,
    ) ||
    /(^|\/)(setup|manage|conf|cli|__main__|noxfile|fabfile|locustfile|tasks|seeds?|scripts?|testing)\.(py|[cm]?[jt]s)$|\.config\.[cm]?[jt]s$|(^|\/)(gulpfile|gruntfile)\.[cm]?[jt]s$/i.test(
      path,
    )
  );
}
