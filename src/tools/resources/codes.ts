import { allCodes } from "../codes.ts";
import type { ResourceDefinition } from "../define-resource.ts";
import { explainCode } from "../explain-code.ts";

export const codeList: ResourceDefinition = {
  name: "codes",
  title: "Codes of findings",
  description: "Every code a scan, the gate or an integration can report, with title and severity.",
  uri: "orchestrator://codes",
  mime: "application/json",
  read: async () => {
    const { codes } = await allCodes();
    return JSON.stringify(codes.map(({ code, title, severity, category }) => ({ code, title, severity, category })));
  },
};

export const codeExplained: ResourceDefinition = {
  name: "code",
  title: "A code explained",
  description: "What one code means, why it matters, how to fix it, with examples.",
  uri: "orchestrator://codes/{code}",
  mime: "text/plain",
  read: async ({ code = "" }, ctx) => {
    const call = { ctx, signal: new AbortController().signal, progress: () => {} };
    return explainCode.text(await explainCode.run({ code }, call));
  },
  complete: { code: async () => (await allCodes()).codes.map(({ code }) => code) },
};
