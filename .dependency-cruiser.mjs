// The import table of the design, each rule with its reason. Read it before adding a folder.
const READS_SOURCE = ["codebase", "integrator", "quality-gate"];
const room = (name) => ({
  name: `${name}-stays-in-its-room`,
  severity: "error",
  comment: `${name} may use lib, model, source and another room's port.ts, never another room's inside: rooms stay replaceable.`,
  from: { path: `^src/${name}/` },
  to: {
    path: "^src/",
    pathNot: [
      `^src/${name}/`,
      "^src/lib/",
      "^src/model/",
      ...(READS_SOURCE.includes(name) ? ["^src/source/"] : []),
      "^src/(architect|contracts|codebase|builders|integrator|quality-gate)/port\\.ts$",
    ],
  },
});

const only = (library, places, reason) => ({
  name: `one-door-for-${library.replace(/[^a-z0-9]+/gi, "-")}`,
  severity: "error",
  comment: reason,
  from: { path: "^src/", pathNot: places },
  to: { path: `node_modules/${library}(/|$)` },
});

const rooms = "architect|contracts|codebase|builders|integrator|quality-gate";

export default {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      comment: "A cycle means two files are one.",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-orphans",
      severity: "error",
      comment: "A file nobody imports is dead; the entry of a thread or process is started, not imported.",
      from: {
        orphan: true,
        path: "^src/",
        pathNot: ["^src/(server|cli)\\.ts$", "^src/(quality-gate|codebase|integrator/pact)/worker\\.ts$"],
      },
      to: {},
    },
    {
      name: "not-to-unresolvable",
      severity: "error",
      comment: "An import that does not resolve breaks the build.",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-dev-dependencies",
      severity: "error",
      comment: "Shipped code runs without dev dependencies.",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"], pathNot: "node_modules/@types/" },
    },
    {
      name: "lib-is-a-leaf",
      severity: "error",
      comment: "lib knows nothing of the project.",
      from: { path: "^src/lib/" },
      to: { path: "^src/", pathNot: "^src/lib/" },
    },
    {
      name: "model-is-a-leaf",
      severity: "error",
      comment: "The vocabulary depends on nobody (lib for errors and hashes only).",
      from: { path: "^src/model/" },
      to: { path: "^src/", pathNot: "^src/(model|lib)/" },
    },
    {
      name: "config-is-a-leaf",
      severity: "error",
      comment: "Settings are data; anyone may read them.",
      from: { path: "^src/config(\\.ts$|/)" },
      to: { path: "^src/", pathNot: "^src/(model|lib|config)/" },
    },
    {
      name: "source-is-below-the-rooms",
      severity: "error",
      comment: "Reading code knows nothing of rules or indexes: both see the same facts.",
      from: { path: "^src/source/" },
      to: { path: "^src/", pathNot: "^src/(source|model|lib)/" },
    },
    ...rooms.split("|").map(room),
    {
      name: "pipeline-uses-ports-and-entries",
      severity: "error",
      comment:
        "The pipeline sees a room's port and its one entry function, so that a room can be rebuilt without touching a phase.",
      from: { path: "^src/pipeline/" },
      to: {
        path: "^src/",
        pathNot: [
          "^src/pipeline/",
          "^src/(lib|model)/",
          "^src/config\\.ts$",
          `^src/(${rooms})/port\\.ts$`,
          "^src/integrator/(integrate|deployment)\\.ts$",
          "^src/quality-gate/gate\\.ts$",
          "^src/builders/(verify|config|guard|test-changes)\\.ts$",
          "^src/contracts/basis\\.ts$",
        ],
      },
    },
    {
      name: "tools-use-entries",
      severity: "error",
      comment:
        "A tool translates one request into one call: entry functions, tables of codes, the pipeline, the Context as a type.",
      from: { path: "^src/tools/" },
      to: {
        path: "^src/",
        pathNot: [
          "^src/tools/",
          "^src/(lib|model|pipeline)/",
          "^src/config\\.ts$",
          `^src/(${rooms})/port\\.ts$`,
          "^src/quality-gate/(gate|scan|baseline|catalogue)\\.ts$",
          "^src/quality-gate/(report/format|layers/codes)\\.ts$",
          "^src/integrator/codes\\.ts$",
          "^src/contracts/breaking/breaking\\.ts$",
          "^src/integrator/(integrate|deployment|health-check|open-system|fuzz/fuzz|pact/verify-files)\\.ts$",
          "^src/integrator/(flow/run-flows|boundary/check-boundaries|tracing/(tracing|text))\\.ts$",
          "^src/context\\.ts$",
        ],
      },
    },
    {
      name: "context-as-a-type",
      severity: "error",
      comment: "Only the entry points build a Context; everybody else receives one.",
      from: { path: "^src/", pathNot: "^src/(server|cli|context)\\.ts$" },
      to: { path: "^src/context\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "surfaces-know-tools-only-by-definition",
      severity: "error",
      comment: "MCP and terminal render any tool; they know none.",
      from: { path: "^src/(mcp|terminal)/" },
      to: { path: "^src/", pathNot: ["^src/(mcp|terminal|lib|model)/", "^src/tools/define-(tool|resource)\\.ts$"] },
    },
    {
      name: "entries-stay-thin",
      severity: "error",
      comment:
        "server and cli wire; they hold no logic of the rooms. The command line is also what runs a driver, and it follows one.",
      from: { path: "^src/(server|cli)\\.ts$" },
      to: {
        path: "^src/",
        pathNot: [
          "^src/(tools|mcp|terminal|lib|model)/",
          "^src/(context|config|server)\\.ts$",
          "^src/pipeline/(driver|control|status|paths)\\.ts$",
        ],
      },
    },
    only("better-sqlite3", ["^src/lib/db\\.ts$"], "One place decides how the database is opened."),
    {
      name: "one-door-for-processes",
      severity: "error",
      comment: "One place starts processes, so that none is left behind.",
      from: { path: "^src/", pathNot: ["^src/lib/(exec|process)\\.ts$", "^src/builders/scaffold/template/"] },
      to: { path: "^(node:)?child_process$" },
    },
    only(
      "@modelcontextprotocol",
      ["^src/mcp/"],
      "The SDK's successor is a different package; the swap must stay small.",
    ),
    only("jose", ["^src/mcp/http/oauth\\.ts$"], "One place judges access tokens."),
    only(
      "xstate",
      ["^src/pipeline/machine\\.ts$"],
      "The machine is a pure function; nobody else needs to know what runs it.",
    ),
    only(
      "dockerode",
      ["^src/integrator/runtimes/docker-(engine|project|swarm)\\.ts$"],
      "One folder talks to the Docker engine; everybody else sees projects and states.",
    ),
    only("pino", ["^src/lib/log\\.ts$"], "One place decides where logs go (never stdout)."),
    only(
      "@pact-foundation",
      ["^src/integrator/pact/worker\\.ts$"],
      "Native, slow to load, writes to standard output: it runs in a process of its own.",
    ),
    only("web-tree-sitter", ["^src/source/syntax\\.ts$"], "Trees must be freed; one place does it."),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
