import { existsSync, readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { AppError, messageOf } from "../lib/errors.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import { type Flow, FlowFile } from "../model/flow.ts";

/** Flows that were kept, in YAML or JSON. Errors: NOT_FOUND, INVALID_INPUT with the place of the fault. */
export function readFlows(file: string): Flow[] {
  if (!existsSync(file))
    throw new AppError("NOT_FOUND", `There are no flows in ${file}.`, { remedy: "Write them with save_flows first." });
  let document: unknown;
  try {
    document = parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw wrong(file, messageOf(cause).split("\n")[0] ?? "", cause);
  }
  const read = FlowFile.safeParse(document);
  if (read.success) return read.data.flows;
  throw wrong(file, z.prettifyError(read.error).replace(/\s+/g, " "), read.error);
}

function wrong(file: string, why: string, cause: unknown): AppError {
  return new AppError("INVALID_INPUT", `${file} holds no flows: ${why}`, {
    remedy: "Correct it at that place, or have it written anew with save_flows.",
    cause,
  });
}

/** Keep flows in a file: JSON by its name, otherwise YAML. What is as it would be anyway is left out. */
export function writeFlows(file: string, flows: readonly Flow[]): void {
  const document = { version: 1, flows: flows.map((flow) => ({ ...flow, steps: flow.steps.map(shortened) })) };
  const text = file.endsWith(".json") ? JSON.stringify(document, null, 2) : stringify(document, { lineWidth: 120 });
  writeFileAtomic(file, text.endsWith("\n") ? text : `${text}\n`);
}

function shortened(step: Flow["steps"][number]): Record<string, unknown> {
  const { request, as, presumed, expect, ...rest } = step;
  const filled = Object.entries(request).filter(
    ([name, value]) => name === "body" || Object.keys(Object(value)).length > 0,
  );
  const { contract, new: isNew, body, ...wanted } = expect;
  return {
    ...rest,
    ...(as === "caller" ? {} : { as }),
    ...(presumed ? { presumed } : {}),
    ...(filled.length === 0 ? {} : { request: Object.fromEntries(filled) }),
    expect: {
      ...wanted,
      ...(contract ? {} : { contract }),
      ...(isNew ? { new: true } : {}),
      ...(Object.keys(body).length === 0 ? {} : { body }),
    },
  };
}
