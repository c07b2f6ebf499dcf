import { type Document, headingService, leadingName } from "./document.ts";
import { normalPath } from "./paths.ts";
import { cell, columnsOf } from "./tables.ts";
import { codeSpans, labelled, plain } from "./text.ts";
import { type Section, textLines } from "./tree.ts";

/** A row of a routing table: everything below the prefix goes to the service. */
export interface GatewayRoute {
  prefix: string;
  /** As the table writes it. */
  service: string;
  line: number;
}

/** The rows of tables such as `Path Pattern | Service` and `Service | Base Path`, which the gateway of a system is described by. */
export function gatewayRoutes(sections: readonly Section[]): GatewayRoute[] {
  return sections.flatMap((section) =>
    section.blocks.flatMap((block) => {
      if (block.kind !== "table") return [];
      const columns = columnsOf(block);
      const path = columns.find(
        /^(?:(?:gateway|base|public|external|api|request|url) )?(?:paths?|routes?|prefix|url)(?: (?:pattern|prefix))?$/,
      );
      const service = columns.find(
        /^(?:(?:target|backend|upstream|downstream|owning|destination) )?(?:micro)?service(?: name)?$|^(?:routes?|routed|forwards?|forwarded) to$|^(?:target|upstream|backend)$/,
      );
      if (path < 0 || service < 0 || columns.find(/^(?:http )?(?:methods?|verbs?)$/) >= 0) return [];
      return block.rows.flatMap((row) => {
        const name = leadingName(plain(cell(row, service)).replace(/\s*\(.*$|:\d+$/g, ""));
        const text = cell(row, path);
        const paths = codeSpans(text).length > 0 ? codeSpans(text) : plain(text).split(/[\s,;]+/);
        return paths.flatMap((each) => {
          const prefix = /^(\/[\w./{}-]*?)\/?(?:\*{1,2})?$/.exec(each)?.[1];
          return name === "" || prefix === undefined ? [] : [{ prefix, service: name, line: row.line }];
        });
      });
    }),
  );
}

/** Paths that a service's section lists without methods: "**APIs:** `/reservations`, `/sessions`", "Base path: /api/users". */
export function basePaths(document: Document): GatewayRoute[] {
  return document.sections.flatMap((section) => {
    const service = headingService(section, document);
    if (service === null) return [];
    return textLines(section.blocks).flatMap(({ text, line }) => {
      const label = labelled(text);
      if (label === null || !/^(?:apis?|endpoints?|routes?|(?:base |api )?(?:paths?|urls?)|prefix)$/.test(label.label))
        return [];
      return plain(label.value)
        .replace(/\.$/, "")
        .split(/[\s,;]+/)
        .flatMap((each) => {
          const prefix = /^(\/[\w./{}:-]*?)\/?(?:\*{1,2})?$/.exec(each)?.[1];
          return prefix === undefined ? [] : [{ prefix: normalPath(prefix), service, line }];
        });
    });
  });
}

/**
 * Finds the service of the longest prefix that a path stands below; null when there is none, or when the routes of that prefix
 * disagree.
 */
export function router(routes: readonly GatewayRoute[]): (path: string) => string | null {
  const byPrefix = new Map<string, string | null>();
  for (const { prefix, service } of routes) {
    const known = byPrefix.get(prefix);
    byPrefix.set(prefix, known === undefined || known === service ? service : null);
  }
  return (path) => {
    const words = path.split("/").slice(1);
    for (let length = words.length; length > 0; length -= 1) {
      const found = byPrefix.get(`/${words.slice(0, length).join("/")}`);
      if (found !== undefined) return found;
    }
    return null;
  };
}
