import { follow, type Json, propertiesOf } from "./json.ts";
import type { ContractOperation } from "./operations.ts";
import type { CredentialPlan } from "./plan.ts";

const SECRET = /^(password|passwd|passphrase|secret|pin)$/i;
const IDENTIFIER = /^(e_?mail|user_?name|login|phone|handle|identifier)/i;
const TOKEN = /^(access_?token|auth_?token|bearer_?token|id_?token|token|jwt)$/i;

/** What a register or login operation compares and answers with; undefined when its schemas do not show it. */
export function credentialsOf(document: Json, operation: ContractOperation): CredentialPlan | undefined {
  const body = Object.entries(propertiesOf(document, operation.request?.value));
  const marked = (mark: string) => body.find(([, property]) => property["x-credential"] === mark)?.[0];
  const secret =
    marked("secret") ?? body.find(([name, property]) => property.format === "password" || SECRET.test(name))?.[0];
  const identifier = marked("identifier") ?? body.find(([name]) => name !== secret && IDENTIFIER.test(name))?.[0];
  if (secret === undefined || identifier === undefined) return undefined;
  return { identifier, secret, tokens: tokensOf(document, operation) };
}

function tokensOf(document: Json, operation: ContractOperation): string[] {
  const answers = Object.entries(propertiesOf(document, operation.response?.value));
  const marked = answers.filter(([, property]) => property["x-token"] === true);
  const named = answers.filter(
    ([name, property]) => TOKEN.test(name) && follow(document, property).value.type === "string",
  );
  return (marked.length > 0 ? marked : named).map(([name]) => name);
}
