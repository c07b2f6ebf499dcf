import { messageOf } from "../../lib/errors.ts";
import { findCompose } from "./docker-compose.ts";
import { connectEngine } from "./docker-engine.ts";

/** Whether an engine and Compose are there: what was found, or why not. */
export async function findEngine(): Promise<{ what: string; why: string }> {
  try {
    const engine = await connectEngine();
    const compose = await findCompose(engine);
    return { what: `Docker ${engine.version} answers, with Compose ${compose.version}`, why: "" };
  } catch (cause) {
    return { what: "", why: messageOf(cause) };
  }
}
