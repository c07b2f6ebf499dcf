import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { isJson, type Json, objectAt } from "../document.ts";
import { type Comparison, NOWHERE, type Placed, type Where } from "./comparison.ts";
import { entriesAt, own, type Source } from "./source.ts";

/** One way to be let in: all of these schemes, each with its scopes. No schemes: anybody. */
type Alternative = Map<string, Set<string>>;

/**
 * Compare who is let in: whoever satisfied one of the old alternatives must satisfy one of the new ones. Schemes are the
 * same by name, or by what they are. Gives the schemes that were used before, for `compareSchemes`.
 */
export function compareSecurity(comparison: Comparison, where: Where, old: Placed, now: Placed): string[] {
  const olds = alternativesOf(comparison.old, old);
  const news = alternativesOf(comparison.new, now);
  const same = sameScheme(comparison);
  const enough = (holder: Alternative, demand: Alternative) =>
    [...demand].every(([name, scopes]) => {
      const held = [...holder].find(([other]) => same(other, name))?.[1];
      return held !== undefined && [...scopes].every((scope) => held.has(scope));
    });
  const lost = olds.filter((before) => !news.some((after) => enough(before, after)));
  const at = own(now.node, "security") === undefined ? "/security" : `${now.at}/security`;
  const tell = (id: string, message: string) => comparison.tell(id, where, at, message, text(olds), text(news));
  const names = (alternative: Alternative) => [...alternative.keys()];
  const sameSchemes = (a: Alternative, b: Alternative) =>
    a.size === b.size && names(a).every((name) => names(b).some((other) => same(name, other)));
  if (lost.length > 0) {
    const scopes = lost.every((before) => news.some((after) => sameSchemes(before, after)));
    if (scopes)
      tell("security-scope-added", `Credentials need more scopes: ${text(news)}, where ${text(olds)} was enough.`);
    else tell("security-tightened", `Credentials must be ${text(news)}; ${text(lost)} is not enough any more.`);
  }
  const gained = news.filter((after) => !olds.some((before) => enough(after, before)));
  if (gained.length > 0 && lost.length === 0) {
    const scopes = gained.every((after) => olds.some((before) => sameSchemes(before, after)));
    if (news.every(({ size }) => size === 0))
      tell("security-dropped", `No credentials are needed any more; before it was ${text(olds)}.`);
    else if (scopes) tell("security-scope-removed", `Credentials need fewer scopes: ${text(news)}, not ${text(olds)}.`);
    else tell("security-loosened", `${text(gained)} is enough now too.`);
  }
  return olds.flatMap(names);
}

function alternativesOf(source: Source, operation: Placed): Alternative[] {
  const list = own(operation.node, "security") ?? own(source.document, "security");
  const found = (Array.isArray(list) ? list : [])
    .filter(isJson)
    .map(
      (each) =>
        new Map(
          Object.entries(each).map(([name, scopes]) => [
            name,
            new Set(Array.isArray(scopes) ? scopes.map(String) : []),
          ]),
        ),
    );
  return found.length === 0 ? [new Map()] : found;
}

function text(alternatives: Alternative[]): string {
  const one = (alternative: Alternative) =>
    [...alternative]
      .map(([name, scopes]) => (scopes.size > 0 ? `${name} (${[...scopes].join(", ")})` : name))
      .join(" and ") || "nothing";
  return alternatives.map(one).join(" or ");
}

function schemeOf(source: Source, name: string): Placed {
  const schemes = objectAt(objectAt(source.document, "components"), "securitySchemes");
  return source.resolve(own(schemes, name), `/components/securitySchemes${pointerPart(name)}`);
}

function sameScheme({ old, new: fresh }: Comparison) {
  return (a: string, b: string): boolean => {
    if (a === b) return true;
    const known = (source: Source, name: string) => wireForm(schemeOf(source, name).node);
    const forms = [known(old, a), known(old, b), known(fresh, a), known(fresh, b)];
    return (forms[0] !== "" && forms[0] === forms[3]) || (forms[1] !== "" && forms[1] === forms[2]);
  };
}

/** How credentials of a scheme are sent; "" for no scheme. */
function wireForm({ type, in: place, name, scheme, openIdConnectUrl, flows }: Json): string {
  if (type === "apiKey") return `apiKey ${place} ${place === "header" ? String(name).toLowerCase() : name}`;
  if (type === "http") return `http ${String(scheme).toLowerCase()}`;
  if (type === "openIdConnect") return `openIdConnect ${openIdConnectUrl}`;
  return type === "oauth2" ? `oauth2 ${JSON.stringify(flows)}` : type === undefined ? "" : String(type);
}

/** Compare the definitions of schemes that operations use under the same name in both documents. */
export function compareSchemes(comparison: Comparison, used: ReadonlySet<string>): void {
  for (const name of used) {
    const before = schemeOf(comparison.old, name);
    const after = schemeOf(comparison.new, name);
    if (Object.keys(before.node).length === 0 || Object.keys(after.node).length === 0) continue;
    const tell = (id: string, message: string, from?: unknown, to?: unknown) =>
      comparison.tell(id, NOWHERE, after.at, message, from, to);
    const composed = after.node.type === "oauth2" || after.node.type === "openIdConnect";
    if (before.node.type !== after.node.type || (!composed && wireForm(before.node) !== wireForm(after.node)))
      tell(
        "security-scheme-changed",
        `Credentials of ${name} are sent as ${wireForm(after.node).slice(0, 80)}, not ${wireForm(before.node).slice(0, 80)}.`,
      );
    else if (after.node.type === "openIdConnect" && before.node.openIdConnectUrl !== after.node.openIdConnectUrl)
      tell(
        "security-scheme-address-changed",
        `The discovery address of ${name} is another one.`,
        before.node.openIdConnectUrl,
        after.node.openIdConnectUrl,
      );
    else if (after.node.type === "oauth2") compareFlows(tell, name, before.node, after.node);
  }
}

type Tell = (id: string, message: string, from?: unknown, to?: unknown) => void;

function compareFlows(tell: Tell, name: string, before: Json, after: Json): void {
  const olds = new Map(entriesAt(before, "flows"));
  const news = new Map(entriesAt(after, "flows"));
  for (const [flow, old] of olds) {
    const now = news.get(flow);
    if (!isJson(old)) continue;
    if (!isJson(now)) {
      tell("security-scheme-flow-removed", `${name} has no flow ${flow} any more.`, flow);
      continue;
    }
    for (const key of ["authorizationUrl", "tokenUrl", "refreshUrl"])
      if (old[key] !== now[key])
        tell("security-scheme-address-changed", `${key} of ${name} (${flow}) is another one.`, old[key], now[key]);
    const [from, to] = [objectAt(old, "scopes"), objectAt(now, "scopes")];
    for (const scope of Object.keys(from))
      if (!Object.hasOwn(to, scope))
        tell("security-scheme-scope-withdrawn", `${name} (${flow}) offers no scope ${scope} any more.`, scope);
    for (const scope of Object.keys(to))
      if (!Object.hasOwn(from, scope))
        tell("security-scheme-scope-offered", `${name} (${flow}) offers the scope ${scope}.`, undefined, scope);
  }
  for (const flow of news.keys())
    if (!olds.has(flow)) tell("security-scheme-flow-added", `${name} has a new flow ${flow}.`, undefined, flow);
}
