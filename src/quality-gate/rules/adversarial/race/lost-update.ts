import type { SyntaxNode } from "../../../../source/syntax.ts";

/** One use of a shared variable in a function. */
export interface Access {
  node: SyntaxNode;
  /** "remove" takes something away: doing it twice changes nothing. */
  kind: "read" | "write" | "remove";
  /** Whether a lock is held. */
  locked: () => boolean;
}

/** Filling these twice, or fetching twice what is in them, costs time and nothing else. */
const HARMLESS = /cache|memo|jwks|token|cached|loaded|etag/i;

/** Functions of the start and end of a process run once. */
export const LIFECYCLE =
  /^(main|init\w*|start\w*|stop\w*|shutdown|close|setup\w*|bootstrap|teardown|dispose|destroy|lifespan|on_?startup|on_?shutdown|onModule\w+|onApplication\w+|beforeAll|afterAll|migrate|seed)$/i;

/**
 * A write that follows from what was read before a wait: others may have written in between. Nothing is lost when the
 * function claims the value before it waits.
 */
export function lostUpdate(
  name: string,
  accesses: readonly Access[],
  waits: readonly SyntaxNode[],
): SyntaxNode | undefined {
  if (HARMLESS.test(name)) return undefined;
  const events = [
    ...accesses.map((access) => ({
      at: access.kind === "read" ? access.node.startIndex : access.node.endIndex,
      access,
    })),
    ...waits.map((wait) => ({ at: wait.startIndex, access: undefined })),
  ].sort((a, b) => a.at - b.at);
  let state: "nothing" | "read" | "waited" = "nothing";
  for (const { access } of events) {
    if (!access) state = state === "read" ? "waited" : state;
    else if (access.kind === "read") state = state === "nothing" ? "read" : state;
    else if (state === "waited" && access.kind === "write" && !access.locked()) return access.node;
    else state = "nothing";
  }
  return undefined;
}
