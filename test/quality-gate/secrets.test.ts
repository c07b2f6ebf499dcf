import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { unrecorded } from "../../src/lib/step.ts";
import { byteMatcher } from "../../src/quality-gate/byte-matcher.ts";
import { gateText, runGate } from "../../src/quality-gate/gate.ts";
import { LAYER3_SCANNERS, type ScanRequest } from "../../src/quality-gate/port.ts";
import { renderScan, SCAN_FORMATS } from "../../src/quality-gate/report/format.ts";
import { gateHtml } from "../../src/quality-gate/report/html.ts";
import { checksumOf } from "../../src/quality-gate/rules/secrets/secret-text.ts";
import { scanProject, scanText } from "../../src/quality-gate/scan.ts";
import { corpus } from "./corpus.ts";
import { fillIn } from "./placeholders.ts";

const scratch = mkdtempSync(join(tmpdir(), "secrets-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
function folder(files: Record<string, string | Buffer>): string {
  const root = join(scratch, `project-${++count}`);
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function scan(root: string, over: Partial<ScanRequest> = {}) {
  const signal = new AbortController().signal;
  return scanProject({ root, services: [], contracts: [], service_map: null, only: ["secrets"], signal, ...over });
}

const github = (seed: string) => fillIn("{{checked:ghp_}}", seed);
const aws = fillIn("{{random:AKIA[A-Z2-7]{16}}}", "aws");
const places = (report: Awaited<ReturnType<typeof scan>>) =>
  report.violations.map(({ code, file_path, line, column }) => `${code} ${file_path}:${line}:${column}`);

describe("byteMatcher", () => {
  const found = (keywords: string[], text: string, encoding: BufferEncoding = "utf8") => {
    const hits: string[] = [];
    const bytes = Buffer.from(text, encoding);
    byteMatcher(keywords)(bytes, 0, bytes.length, (keyword, start) => hits.push(`${keywords[keyword]}@${start}`));
    return hits.sort();
  };
  it("finds overlapping keywords in any case, and those with capitals as they are written", () => {
    expect(found(["pass", "password", "word"], "xPASSWORDpass")).toEqual(["pass@1", "pass@9", "password@1", "word@5"]);
    expect(found(["AKIA"], "akia AKIA")).toEqual(["AKIA@5"]);
    expect(found(["aaaa"], "aaaaaa")).toEqual(["aaaa@0", "aaaa@1", "aaaa@2"]);
  });
  it("finds a keyword at both ends and nothing in less than a keyword", () => {
    expect(found(["ghp_", "token"], "ghp_token")).toEqual(["ghp_@0", "token@4"]);
    for (const text of ["", "g", "gh", "ghp"]) expect(found(["ghp_"], text)).toEqual([]);
  });
  it("agrees with a plain search on text made by chance", () => {
    const keywords = ["abab", "baba", "abcab", "aabb", "bbbbb"];
    for (let seed = 0; seed < 200; seed += 1) {
      const text = fillIn("{{random:[abc]{60}}}", `text ${seed}`);
      const plain = keywords.flatMap((keyword) =>
        [...text].flatMap((_letter, at) => (text.startsWith(keyword, at) ? [`${keyword}@${at}`] : [])),
      );
      expect(found(keywords, text)).toEqual(plain.sort());
    }
  });
});

describe("checksums", () => {
  it("agrees with a token that GitHub issued and withdrew as an example of the format", () => {
    expect(checksumOf("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ")).toBe("0mLq17");
  });
  it("tells a token with one letter changed", async () => {
    const token = github("one letter");
    const changed = `${token.slice(0, 20)}${token[20] === "A" ? "B" : "A"}${token.slice(21)}`;
    expect(places(await scan(folder({ "a.txt": `x ${token}\n`, "tests/b.txt": `x ${changed}\n` })))).toEqual([
      "SEC-SECRET-008 a.txt:1:3",
    ]);
  });
});

describe("places", () => {
  it("counts characters, not bytes, and lines of every kind", async () => {
    const text = `# äöü € 🔑\r\nname = "ü🔑"; key = "${aws}"\r\n`;
    expect(places(await scan(folder({ "a.py": text })))).toEqual(["SEC-SECRET-001 a.py:2:22"]);
    const far = `${"€🔑\n".repeat(5000)}${text}`;
    expect(places(await scan(folder({ "a.py": far })))).toEqual(["SEC-SECRET-001 a.py:5002:22"]);
  });
});

/** What of a case's placeholders was filled in: the secrets that must be seen nowhere. */
function secretsOf(kind: string, name: string, code: string): string[] {
  const file = readFileSync(join(import.meta.dirname, "..", "fixtures", "corpus", `${code}.md`), "utf8");
  const section = file.split(/^### /m).find((text) => text.startsWith(`${kind}: ${name}\n`)) ?? "";
  const filled = fillIn(section, `${code} ${kind}: ${name}`);
  const parts = section.split(/\{\{(?:random|checked|jwt|base64):.*?\}\}(?!\})/);
  let at = (parts[0] ?? "").length;
  return parts.slice(1).map((part) => {
    // What follows a placeholder may be a single letter that the value holds too: then the value is cut, and still tells.
    const end = filled.indexOf(part, at + 1);
    const value = filled.slice(at, end);
    at = end + part.length;
    return value;
  });
}

describe("a secret that was found", () => {
  const cases = corpus().filter(({ code, kind }) => code.startsWith("SEC-SECRET-") && kind === "bad");
  it("stands in no format of scan and gate, and not in what is kept between scans", async () => {
    let seen = 0;
    const files: Record<string, string> = {};
    const secrets = new Set<string>(["hunter22!", "kT9vQ2mx", "tR8wq2Zk", "Adm1n!2024", "s3cretPw"]);
    for (const [index, one] of cases.entries()) {
      for (const { path, text } of one.files) files[`case-${index}/${path}`] = text;
      for (const secret of secretsOf("bad", one.name, one.code)) if (secret.length >= 12) secrets.add(secret);
    }
    const root = folder({ ...files, "package.json": "{}" });
    const cache = join(scratch, "kept");
    const report = await scan(root, { only: [], cache });
    expect(report.violations.filter(({ category }) => category === "secrets").length).toBeGreaterThan(200);
    const gate = await runGate({
      pipeline_id: "p",
      attempt: 0,
      fix_attempts: 0,
      project_root: root,
      services: [{ name: "shop", directory: root, result: null }],
      contracts: [],
      service_map: null,
      integration: null,
      layers: ["layer3_system"],
      settings: {
        max_fix_retries: 1,
        layer3_scanners: [...LAYER3_SCANNERS],
        layer4_enabled: false,
        blocking_severity: "error",
      },
      signal: new AbortController().signal,
      step: unrecorded,
      cache,
    });
    expect(gate.blocking.filter(({ code }) => code.startsWith("SEC-SECRET-")).length).toBeGreaterThan(200);
    const kept = readdirSync(scratch).filter((name) => name.startsWith("kept"));
    expect(kept.length).toBeGreaterThan(0);
    const texts = [
      ...SCAN_FORMATS.map((format) => renderScan(report, format, { fail_on: "error", limit: 10_000, version: "0" })),
      scanText(report),
      JSON.stringify(gate),
      gateText(gate),
      gateHtml(gate),
      ...kept.map((name) => readFileSync(join(scratch, name), "latin1")),
    ];
    const source = Object.values(files).join("\n");
    for (const secret of secrets) {
      seen += 1;
      expect(source).toContain(secret);
      expect(texts.findIndex((text) => text.includes(secret))).toBe(-1);
    }
    expect(seen).toBeGreaterThan(150);
  });
});

describe("large files", () => {
  it("finds tokens in every part of a file, once each, with their lines", async () => {
    const tokens = Array.from({ length: 6 }, (_, index) => github(`large ${index}`));
    const filler = `${"lorem ipsum ".repeat(8)}\n`;
    const lines: string[] = [];
    for (const [index, token] of tokens.entries()) {
      for (let n = 0; n < 22_000 + index * 17; n += 1) lines.push(filler);
      lines.push(`token ${token}\n`);
    }
    const text = lines.join("");
    expect(text.length).toBeGreaterThan(12_000_000);
    const report = await scan(folder({ "dump.txt": text }));
    const expected = text.split("\n").flatMap((line, index) => (line.startsWith("token ") ? [index + 1] : []));
    expect(places(report)).toEqual(expected.map((line) => `SEC-SECRET-008 dump.txt:${line}:7`));
    expect(report.files_skipped).toEqual({ "too large": 1 });
  });

  it("finds a token across the border of two parts wherever the border falls", async () => {
    const token = github("border");
    const part = 4 * 1024 * 1024;
    const files: Record<string, Buffer> = {};
    for (const shift of [-8700, -8192, -8000, -600, -40, -20, -1, 0, 1, 300, 511, 512, 513, 8192]) {
      const bytes = Buffer.alloc(part * 2 + 20_000, "x ");
      bytes.write(` ${token} `, part + shift + (shift % 2 === 0 ? 0 : 1), "latin1");
      files[`at${shift}.txt`] = bytes;
    }
    const report = await scan(folder(files));
    expect(report.violations.map(({ file_path }) => file_path).sort()).toEqual(Object.keys(files).sort());
  });

  it("reads 200 MB on one line in bounded memory", async () => {
    const root = folder({});
    const handle = openSync(join(root, "line.json"), "w");
    const part = Buffer.alloc(4_000_000, '"password": "x1y2z3", token=');
    for (let index = 0; index < 50; index += 1) writeSync(handle, part);
    writeSync(handle, ` ${github("last")} `);
    closeSync(handle);
    const before = process.memoryUsage().rss;
    const report = await scan(root);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    expect(places(report)).toEqual(["SEC-SECRET-008 line.json:1:200000002"]);
  }, 60_000);

  it("does not report thousands from one file", async () => {
    const token = `x ${aws}\n`;
    const report = await scan(folder({ "many.txt": token.repeat(100_000) }));
    expect(report.violations.length).toBe(100);
  });
});

describe("hostile input", () => {
  it.each([
    ["names", "password"],
    ["names and spaces", "password      "],
    ["separators", "password = = : ("],
    ["calls", 'password = f(g(h("'],
    ["types", "password: a b c d e f g | h"],
    ["operators", "password = a || b ?? c or "],
    ["dots", "a.b.token.c."],
    ["quotes", 'api_key="'],
    ["headers", "-----BEGIN RSA PRIVATE KEY-----\n"],
    ["parts of a JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWI"],
    ["addresses", "postgres://a:b"],
    ["JDBC", "jdbc:mysql://h/d?a=b&"],
    ["settings", "host=a user=b password=c "],
    ["rows", "x:y@tcp("],
    ["tokens", "ghp_xoxb-glpat-sk_live_SG."],
    ["bearers", "bearer bearer "],
  ])(
    "ends on a megabyte of %s",
    async (_name, piece) => {
      const text = piece.repeat(Math.floor(1_000_000 / piece.length));
      const report = await scan(folder({ "a.txt": text, "b.yaml": text, "c.py": text.slice(0, 300_000) }));
      expect(report.files_scanned + Object.values(report.files_skipped).reduce((sum, one) => sum + one, 0)).toBe(3);
    },
    30_000,
  );
});
