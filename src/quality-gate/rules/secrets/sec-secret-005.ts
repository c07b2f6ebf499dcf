import type { FileInfo } from "../../../source/source-file.ts";
import { defineRule } from "../../rule.ts";
import { tokenPatterns } from "../../token-rule.ts";
import { EVERYWHERE, fake, isTemplated, isTemplateFile, isThrowaway } from "./secret-text.ts";

const LOCAL =
  /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|host|hostname|host\.docker\.internal|\[|\.|\(local\))$|\.(example|test|invalid)$|example\.(com|org|net)$/i;
const url = (scheme: string, rest: string) => fake(scheme, "://", rest);

const SCHEMES = [
  "postgres",
  "postgresql",
  "mysql",
  "mariadb",
  "mongodb",
  "redis",
  "rediss",
  "amqp",
  "amqps",
  "mssql",
  "sqlserver",
  "oracle",
  "clickhouse",
  "cockroachdb",
  "neo4j",
  "bolt",
  "couchbase",
  "cassandra",
];
const TEMPLATE =
  /[<>{}[\]]|\$[({A-Z_a-z]|%[(sdv]|%[A-Z_]+%|\*{3,}|\.{3}|\xe2\x80\xa6|x{4,}|redacted|placeholder|change[-_]?me|example|^your|^my[-_]?pass/i;

const REACH = 300;

/** The text around a place up to the quotes or line ends around it. */
function literalAround(before: string, after: string): string {
  return /[^"'`\n\r]*$/.exec(before)?.[0] + (/^[^"'`\n\r]*/.exec(after)?.[0] ?? "");
}

/** Neither a template nor the password everyone has on their own machine. */
function isReal({ user = "", password = "", host = "" }: Record<string, string>, info: FileInfo): boolean {
  if (isTemplateFile(info) || isTemplated(password)) return false;
  if (TEMPLATE.test(user) || TEMPLATE.test(password) || TEMPLATE.test(host)) return false;
  if (LOCAL.test(host) || isThrowaway(info.path, password)) return false;
  const generic = /^(pass(word|wd)?|pwd?|pw|secret|p|foo|bar|123|1234)$/i.test(password);
  return !(
    generic &&
    (/^(user(name)?|u|foo|usr|login|name|me)?$/i.test(user) || /^(host|hostname|server|example|foo|bar|h)$/i.test(host))
  );
}

export default defineRule({
  code: "SEC-SECRET-005",
  title: "Database connection string",
  severity: "critical",
  category: "secrets",
  why: "The password of a database is readable for everyone with the code.",
  fix: "Read the connection string from the environment (e.g. DATABASE_URL) and change the password.",
  ...EVERYWHERE,
  detect: tokenPatterns([
    {
      keywords: SCHEMES.flatMap((scheme) => [`${scheme}://`, `${scheme}+`]),
      from: "name",
      pattern:
        /(?<scheme>(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver|oracle|clickhouse|cockroachdb|neo4j|bolt|couchbase|cassandra))(?:\+\w{1,20})?:\/\/(?<user>[^\s:@/"'`]{0,64}):(?<password>[^\s@"'`]{1,128})@(?<host>[^\s/"'`:?,)\\]{1,200})/iy,
      where: ({ match: { groups = {} }, info }) =>
        isReal(groups, info) && `A ${groups.scheme} connection string carries its password.`,
      key: ({ groups = {} }) => `${groups.scheme} ${groups.host}`,
    },
    {
      // jdbc:postgresql://host/db?user=shop&password=…
      keywords: ["jdbc:"],
      from: "keyword",
      pattern:
        /jdbc:(?<scheme>[a-z]{2,15}):(?:[a-z]{2,10}:)?(?:\/\/|@)(?<host>[^\s/"'`:?;,)]{1,200})[^\s"'`]{0,200}?[?&;](?:password|pwd)=(?<password>[^\s&;"'`]{1,128})/iy,
      where: ({ match: { groups = {} }, info }) =>
        isReal(groups, info) && `A ${groups.scheme} connection string carries its password.`,
      key: ({ groups = {} }) => `${groups.scheme} ${groups.host}`,
    },
    {
      // Server=db;Database=shop;User Id=shop;Password=… and host=db user=shop password=… dbname=shop, in any order
      keywords: ["password=", "password =", "pwd="],
      from: "name",
      pattern: /(?:password|pwd) ?= ?(?<password>[^\s;"'`]{1,128})/iy,
      where: ({ match, info, around }) => {
        const settings = literalAround(around(REACH, 0), around(0, REACH));
        const host = /(?:^|[; ])(?:server|data source|host|hostaddr) ?= ?(?:tcp:)?([^\s;,]{1,200})/i.exec(
          settings,
        )?.[1];
        const user = /(?:^|[; ])(?:user(?: ?id)?|uid) ?= ?([^\s;]{1,64})/i.exec(settings)?.[1];
        if (host === undefined || user === undefined) return false;
        return (
          isReal({ ...match.groups, user, host }, info) &&
          "A database connection string of settings carries its password."
        );
      },
      key: () => "connection settings",
    },
    {
      // shop:…@tcp(db:3306)/shop, as Go's MySQL driver writes it
      keywords: ["@tcp("],
      from: "row",
      pattern: /(?<user>[\w.-]{1,64}):(?<password>[^\s@"'`:]{1,128})@tcp\((?<host>[^\s):]{1,200})/y,
      where: ({ match: { groups = {} }, info }) =>
        isReal(groups, info) && "A mysql connection string carries its password.",
      key: ({ groups = {} }) => `mysql ${groups.host}`,
    },
  ]),
  bad: [
    { file: "db.py", code: `URL = "${url("postgres", "shop:s3cretPw@db.internal:5432/shop")}"\n` },
    { file: "cache.ts", code: `const url = "${url("redis", ":hunter22x@cache:6379")}";\n` },
  ],
  good: [
    { file: "db.py", code: 'import os\nURL = os.environ["DATABASE_URL"]\n' },
    { file: "db.ts", code: `const url = \`postgres://\${user}:\${password}@\${host}/shop\`;\n` },
    { file: "db.ts", code: `// e.g. ${url("postgres", "user:password@host/name")}\n` },
  ],
});
