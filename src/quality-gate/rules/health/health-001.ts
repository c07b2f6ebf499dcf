import { isToolingPath, LANGUAGES } from "../../../source/languages.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import { defineRule, perService } from "../../rule.ts";
import { answersHealth, isRemoteInterface } from "./health-paths.ts";
import { serverIn } from "./servers.ts";

/** Libraries that bring a health endpoint along, as manifests and imports name them. */
const LIBRARIES =
  /spring-boot-starter-actuator|quarkus-smallrye-health|micronaut-management|dropwizard-core|@fastify\/under-pressure|fastify-healthcheck|express-(actuator|healthcheck)|lightship|django-health-check|health_check\.urls|flask-healthz|fastapi-healthcheck?|fastapi[_-]health|py-healthcheck|healthcheck==|heptiolabs\/healthcheck|alexliesenfeld\/health|health-go|gin-contrib\/healthcheck|tavsec\/gin-healthcheck/;
/** Libraries that answer only once the code tells them where. */
const HELPERS = /@nestjs\/terminus|@godaddy\/terminus/;
/** Settings that take the endpoint of such a library away. */
const SWITCHED_OFF =
  /management[.\s:]+(?:[\w.:-]+\s+){0,6}?endpoints?[.\s:]+(?:(?:health[.\s:]+(?:enabled\s*[:=]\s*false|access\s*[:=]\s*none))|web\.exposure\.exclude\s*[:=]\s*["']?(\*|health)\b)/;
const MANIFEST =
  /(^|\/)(pom\.xml|build\.gradle(\.kts)?|package\.json|requirements[\w.-]*\.txt|pyproject\.toml|pipfile|go\.mod)$/i;
/** In every file with a server; spares parsing the others. */
const SERVING =
  /\b(FastAPI|Flask|Starlette|Sanic|Quart|Litestar|Application|HTTPServer|TCPServer|ThreadingHTTPServer|Bottle|Robyn|App|get_[aw]sgi_application)\(|["'](express|polka|restana|fastify|restify|micro|koa|elysia|hono[\w/-]*|@hono\/zod-openapi|hyper-express|@oak\/oak|@hapi\/hapi|@nestjs\/core|(node:)?https?2?)["']|\b(Bun|Deno)\.serve\(|ListenAndServe|\bhttp\.Serve|\bgin\.|\becho\.New|\bfiber\.New|SpringApplication|ApplicationPath|Javalin|HttpServer|Undertow/;
const MENTIONS = /["'`/_-](health|ready|readiness|live|alive)/i;

interface Fact {
  server: { line: number; column: number } | null;
  /** By its code, or by a library that brings the endpoint along. */
  healthy: "code" | "library" | null;
  switched_off: boolean;
}

export default defineRule({
  code: "HEALTH-001",
  title: "Missing health endpoint",
  severity: "warning",
  category: "health",
  why: "Nothing can tell whether the service serves: it is not restarted when it hangs, and gets traffic before it is ready.",
  fix: "Answer GET /health with 200 once the service can serve.",
  languages: LANGUAGES,
  files: ["text"],
  detect: perService<Fact>({
    collect: (file) => {
      if (file.kind === "text") return manifestOf(file);
      const mentions = MENTIONS.test(file.text) || HELPERS.test(file.text);
      const serving = SERVING.test(file.text) && !isToolingPath(file.path);
      if (!file.language || (!mentions && !serving)) return undefined;
      const tree = file.tree();
      if (!tree) return undefined;
      const server = serving ? serverIn(tree, file) : null;
      const healthy =
        mentions &&
        (LIBRARIES.test(file.text) || HELPERS.test(file.text) || answersHealth(tree, file.language)) &&
        !isRemoteInterface(tree, file.language);
      return server || healthy ? { server, healthy: healthy ? "code" : null, switched_off: false } : undefined;
    },
    *conclude(service, facts) {
      const read = facts.map(({ file, fact }) => ({ file, fact }));
      const isOff = read.some(({ fact }) => fact.switched_off);
      if (read.some(({ fact }) => fact.healthy === "code" || (fact.healthy === "library" && !isOff))) return;
      for (const { file, fact } of read)
        if (fact.server) {
          const message = `${service || "The service"} serves HTTP and has no health endpoint.`;
          yield { ...fact.server, file: file.path, service, message, key: "no health endpoint" };
          return;
        }
    },
  }),
  bad: [
    { file: "app.py", code: 'app = FastAPI()\n\n@app.get("/orders")\ndef orders(): ...\n' },
    {
      file: "app.ts",
      code: 'import express from "express";\nconst app = express();\napp.get("/orders", list); // "/health"\n',
    },
  ],
  good: [
    { file: "app.py", code: 'app = FastAPI()\n\n@app.get("/health")\ndef health(): ...\n' },
    {
      files: {
        "app.ts": 'import express from "express";\nconst app = express();\napp.use(status);\n',
        "status.ts": 'router.get("/api/v1/healthz", ok);\n',
      },
    },
    { file: "lib.ts", code: "export const add = (a: number, b: number) => a + b;\n" },
  ],
});

/** What a manifest or a settings file says: its libraries without what is commented out. */
function manifestOf({ path, text }: SourceFile): Fact | undefined {
  if (/(^|\/)(application|bootstrap)[\w-]*\.(properties|ya?ml)$/.test(path))
    return SWITCHED_OFF.test(text.replace(/#.*/g, ""))
      ? { server: null, healthy: null, switched_off: true }
      : undefined;
  if (!MANIFEST.test(path) || !LIBRARIES.test(text)) return undefined;
  const plain = /\.xml$/i.test(path)
    ? text.replace(/<!--[\s\S]*?-->/g, "")
    : /\.(gradle|kts)$|go\.mod$/i.test(path)
      ? text.replace(/(^|\s)\/\/.*/g, "")
      : text.replace(/^\s*#.*/gm, "");
  return LIBRARIES.test(plain) ? { server: null, healthy: "library", switched_off: false } : undefined;
}
