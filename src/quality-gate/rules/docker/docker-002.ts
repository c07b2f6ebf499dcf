import { defineRule, perFile } from "../../rule.ts";
import { isTemplated } from "../secrets/secret-text.ts";
import { buildOf, propertiesOf } from "./dockerfile.ts";
import { expandVariables } from "./variables.ts";

/** Last words of a name that stands for a secret, in snake case. */
const SECRET =
  /(passw(or)?d|passphrase|secret|token|api_?key|credentials?|(^|_)(pass|pwd|pat)|(private|secret|access|encryption|signing|master|auth|session|account)_key|secret_key_base)$/;
/** What says something about a secret, or is public. */
const HARMLESS =
  /(^|_)(public|publishable|max|min|num|count|length|size|ttl|has|require[sd]?|enabled?|disabled?|allow|random|empty|header|issuer|name|type|id|url|prefix)(_|$)/;
const SWITCH = /^(true|false|yes|no|on|off|none|null|0|1)$/i;
const PATH = /^(file:|(\.{1,2}|~)?\/)[\w./-]*$/;
/** A password inside an address: `scheme://user:password@host`. */
const IN_ADDRESS = /:\/\/[^\s:@/]{0,100}:([^\s@/]{1,200})@/;

export default defineRule({
  code: "DOCKER-002",
  title: "Secret in the image's environment",
  severity: "critical",
  category: "docker",
  why: "ENV and ARG values stay readable in the image's history for everyone who can pull it.",
  fix: "Pass it when the container starts, or with RUN --mount=type=secret during the build.",
  files: ["dockerfile"],
  detect: perFile(["env", "arg"], function* (file) {
    const { preamble, stages } = buildOf(file);
    for (const instruction of [...preamble, ...stages.flatMap(({ instructions }) => instructions)])
      for (const { name, value, line } of propertiesOf(instruction))
        if (value !== undefined && isSecret(name, expandVariables(value)))
          yield { line, column: 1, message: `${instruction.getKeyword()} ${name} holds a literal value.`, key: name };
  }),
  bad: [
    { file: "Dockerfile", code: "FROM node:22-alpine\nENV DB_PASSWORD=hunter22\nUSER node\n" },
    { file: "Dockerfile", code: "FROM node:22-alpine\nARG NPM_TOKEN=q7Zk2mX9\nUSER node\n" },
  ],
  good: [
    {
      file: "Dockerfile",
      code: "FROM node:22-alpine\nARG NPM_TOKEN\nENV PORT=8080 DB_PASSWORD_FILE=/run/secrets/db\n",
    },
    { file: "Dockerfile", code: "FROM node:22-alpine\nENV DB_PASSWORD=$DB_PASSWORD\n" },
  ],
});

function isSecret(name: string, value: string): boolean {
  const snake = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  const password = IN_ADDRESS.exec(value)?.[1];
  if (password !== undefined) return isLiteral(password);
  if (!SECRET.test(snake) || HARMLESS.test(snake) || SWITCH.test(value) || PATH.test(value)) return false;
  return isLiteral(value) && !/^https?:\/\//.test(value);
}

/** A value that the build does not fill in. */
function isLiteral(value: string): boolean {
  return value !== "" && !value.includes("$") && !isTemplated(value);
}
