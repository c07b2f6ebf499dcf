import { contractDocuments, contractIn, isRecord } from "../../../source/contract-documents.ts";
import { defineRule, type Gathered, type Project, type ProjectHit, perProject } from "../../rule.ts";
import { type WireNames, wireNamesIn } from "./naming/wire-names.ts";

type Fact = { contract: Pick<Contract, "names" | "mixed"> } | { wire: WireNames };

/** A contract, or what stands for it: the names a service puts on the wire. */
interface Vocabulary {
  service: string;
  /** "" when it is no document of the folder. */
  file: string;
  names: readonly string[];
}

interface Contract extends Vocabulary {
  /** Two fields of one object in two styles. */
  mixed?: readonly [string, string];
}

const MAX_NODES = 20_000;
/** Fields whose names somebody else has laid down: OAuth 2 (RFC 6749, 7662), OpenID Connect, JWK, RFC 9457, links. */
const LAID_DOWN =
  /^(access|refresh|id)_token$|^(token_type|expires_(in|at)|client_(id|secret)|redirect_uris?|grant_types?|response_types?|code_(verifier|challenge|challenge_method)|error_(description|uri)|device_code|user_code|verification_uri(_complete)?|jwks_uri|preferred_username|given_name|family_name|middle_name|email_verified|phone_number(_verified)?|updated_at|x5[ct]_\w+|id_token_hint|post_logout_redirect_uris?|auth_time|at_hash|c_hash|trace_id|span_id|_\w*)$/;
const CAMEL = /^[a-z]+[a-z0-9]*[A-Z]/;
const SNAKE = /^[a-z0-9]+_[a-z0-9_]+$/;

export default defineRule({
  code: "ADV-004",
  title: "Naming inconsistency",
  severity: "info",
  category: "adversarial",
  why: "One service says userId where another says user_id: data gets lost at the boundary without an error.",
  fix: "Use one style for field names in all contracts.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  files: ["text"],
  detect: perProject<Fact>({
    collect(file) {
      const spec = file.kind === "text" ? contractIn(file) : undefined;
      const wire = spec ? undefined : wireNamesIn(file);
      return spec ? { contract: propertyNames(spec) } : wire && { wire };
    },
    *conclude(project, facts) {
      const found = new Map(
        facts.flatMap(({ file, fact }) =>
          "contract" in fact ? [[file.path, { file, fact: fact.contract }] as const] : [],
        ),
      );
      const wire = facts.flatMap(({ file, fact }) => ("wire" in fact ? [{ file, fact: fact.wire }] : []));
      const documents = [...found.values()].map(({ file }) => ({ file, fact: {} }));
      const contracts = contractDocuments(project, documents).map(({ service, file, spec }) => ({
        service,
        file,
        ...(found.get(file)?.fact ?? propertyNames(spec)),
      }));
      yield* betweenContracts(contracts, project);
      yield* betweenCode(contracts, wire);
    },
  }),
  bad: [
    {
      files: {
        "orders/package.json": "{}",
        "orders/openapi.yaml":
          "openapi: 3.1.0\ncomponents: {schemas: {Order: {properties: {user_id: {}, created_at: {}}}}}\n",
        "mail/package.json": "{}",
        "mail/openapi.yaml": "openapi: 3.1.0\ncomponents: {schemas: {Mail: {properties: {userId: {}}}}}\n",
      },
    },
  ],
  good: [
    {
      file: "openapi.yaml",
      code: "openapi: 3.1.0\ncomponents: {schemas: {Order: {properties: {user_id: {}, total: {}}}}}\n",
    },
  ],
});

/**
 * Fields that two contracts, or two places of one, spell differently; contracts in another style than the others; objects
 * whose own fields are in two styles.
 */
function* betweenContracts(contracts: readonly Contract[], project: Project): Generator<ProjectHit> {
  const spelled = new Map<string, Map<string, number>>();
  for (const { names } of contracts)
    for (const name of names) {
      const spellings = spelled.get(plain(name)) ?? new Map<string, number>();
      spelled.set(plain(name), spellings.set(name, (spellings.get(name) ?? 0) + 1));
    }
  const style = (pattern: RegExp) =>
    contracts.flatMap(({ names }) => names.filter((name) => pattern.test(name))).length;
  const [camel, snake] = [style(CAMEL), style(SNAKE)];
  const [rare, rareName, commonName] =
    camel > snake ? [SNAKE, "snake_case", "camelCase"] : [CAMEL, "camelCase", "snake_case"];
  for (const { service, file, names, mixed } of contracts) {
    const odd = names.filter((name) => rare.test(name));
    const torn = odd.filter((name) => (spelled.get(plain(name))?.size ?? 0) > 1);
    const other =
      odd.length >= 2 &&
      odd.length > names.filter((name) => CAMEL.test(name) || SNAKE.test(name)).length / 2 &&
      Math.max(camel, snake) >= 2;
    const path = file || project.files.find((one) => one.service === service)?.path || "";
    const stands =
      torn.length > 0 ||
      (other &&
        contracts.some(
          (one) =>
            one.service !== service &&
            one.names.some((name) => !rare.test(name) && (CAMEL.test(name) || SNAKE.test(name))),
        ));
    if (!stands) {
      if (mixed) {
        const message = `${service}'s contract has ${mixed[0]} beside ${mixed[1]} in one object.`;
        yield { file: path, service, line: 0, message, key: "mixed" };
      }
      continue;
    }
    const shown = (torn.length > 0 ? torn : odd).slice(0, 3).join(", ");
    const message = `${service}'s contract names ${shown} in ${rareName}, most others are ${commonName}.`;
    yield { file: path, service, line: 0, message, key: rareName };
  }
}

/** Names in code that a contract spells otherwise: the service's own, or that of whose answer is read. */
function* betweenCode(contracts: readonly Vocabulary[], wire: readonly Gathered<WireNames>[]): Generator<ProjectHit> {
  const converting = new Set(wire.flatMap(({ file, fact }) => (fact.converts ? [file.service] : [])));
  const promised = new Set(contracts.map(({ service }) => service));
  // A service without a contract promises what it puts on the wire.
  const implied = wire.flatMap(({ file, fact }): Vocabulary[] => {
    const names = fact.names.flatMap(({ name, role }) => (role === "own" ? [name] : []));
    return promised.has(file.service) || converting.has(file.service) || names.length === 0
      ? []
      : [{ service: file.service, file: file.path, names }];
  });
  const all = [...contracts, ...implied];
  const known = new Set(all.flatMap(({ names }) => names));
  const spellings = (vocabularies: readonly Vocabulary[]) =>
    new Map(
      vocabularies.flatMap(({ service, names }) => names.map((name) => [plain(name), { name, service }] as const)),
    );
  const everywhere = spellings(all);
  const byService = new Map(
    [...promised].map((service) => [service, spellings(contracts.filter((one) => one.service === service))]),
  );
  for (const { file, fact } of wire) {
    if (converting.has(file.service)) continue;
    const seen = new Set<string>();
    for (const { name, role, line, column } of fact.names) {
      const own = byService.get(file.service)?.get(plain(name));
      // What is read is spelled by whoever answers; what the own contract spells is known.
      const meant = own ?? (role === "read" ? everywhere.get(plain(name)) : undefined);
      if (!meant || meant.name === name || known.has(name) || seen.has(name)) continue;
      if (!own && meant.service === file.service) continue;
      seen.add(name);
      const whose = own ? `${file.service}'s contract` : meant.service;
      const message = `The code says ${name} where ${whose} says ${meant.name}.`;
      const fix = `Use ${meant.name} on the wire, by an alias where the language wants another style.`;
      yield { file: file.path, service: file.service, line, column, message, fix, key: `${name} ${meant.name}` };
    }
  }
}

/** A name without its style: user_id, userId and user-id are the same. */
function plain(name: string): string {
  return name.replace(/[_-]/g, "").toLowerCase();
}

/** Names under `properties` anywhere in a document, each once, and the first object that mixes styles. */
function propertyNames(spec: Record<string, unknown>): Pick<Contract, "names" | "mixed"> {
  const names = new Set<string>();
  let mixed: Contract["mixed"];
  const pending: unknown[] = [spec];
  for (let visited = 0; pending.length > 0 && visited < MAX_NODES; visited += 1) {
    const node = pending.pop();
    if (Array.isArray(node)) pending.push(...node.slice(0, 1000));
    else if (isRecord(node)) {
      if (isRecord(node.properties)) {
        const own = Object.keys(node.properties);
        for (const name of own) names.add(name);
        mixed ??= mixedIn(own);
      }
      pending.push(...Object.values(node));
    }
  }
  return { names: [...names], ...(mixed && { mixed }) };
}

/** A field in snake case beside one in camel case; not where whoever wrote the contract could not choose. */
function mixedIn(names: readonly string[]): Contract["mixed"] {
  const chosen = names.filter((name) => !LAID_DOWN.test(name));
  const snake = chosen.find((name) => SNAKE.test(name));
  const camel = chosen.find((name) => CAMEL.test(name));
  return snake !== undefined && camel !== undefined ? [snake, camel] : undefined;
}
