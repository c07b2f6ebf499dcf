import { argumentsOf, stringValue } from "./ast.ts";
import type { SyntaxNode, SyntaxTree } from "./syntax.ts";

/** Spring's clients by the type of the variable that holds one. */
const TYPES: Readonly<Record<string, string>> = {
  RestTemplate: "RestTemplate",
  RestOperations: "RestTemplate",
  OAuth2RestTemplate: "RestTemplate",
  WebClient: "WebClient",
  RestClient: "RestClient",
};
const SENDS: Readonly<Record<string, RegExp>> = {
  RestTemplate: /^((get|post|patch)For|exchange|put$|delete$|execute)/,
  WebClient: /^(get|post|put|patch|delete|method)$/,
  RestClient: /^(get|post|put|patch|delete|method)$/,
};
const DECLARED =
  "[(field_declaration type: (_) @type declarator: (variable_declarator name: (_) @name)) (local_variable_declaration type: (_) @type declarator: (variable_declarator name: (_) @name)) (formal_parameter type: (_) @type name: (_) @name)]";

const known = new WeakMap<SyntaxTree, ReadonlyMap<string, string>>();

/** The library a call belongs to by the declared type of what it is called on; undefined when it is none of Spring's. */
export function springClient(tree: SyntaxTree, receiver: SyntaxNode | null, method: string): string | undefined {
  // new RestTemplate().getForObject(…)
  const made = receiver?.type === "object_creation_expression" ? receiver.childForFieldName("type")?.text : undefined;
  if (made !== undefined) return sends(TYPES[made], method);
  if (!receiver || !/^(identifier|field_access)$/.test(receiver.type)) return undefined;
  let variables = known.get(tree);
  if (!variables) {
    variables = new Map(
      tree.matches(DECLARED).flatMap(({ name, type }): [string, string][] => {
        const library = TYPES[type?.text ?? ""];
        return name && library ? [[name.text, library]] : [];
      }),
    );
    known.set(tree, variables);
  }
  return sends(variables.get(receiver.text.split(".").at(-1) ?? ""), method);
}

function sends(library: string | undefined, method: string): string | undefined {
  return library !== undefined && SENDS[library]?.test(method) ? library : undefined;
}

/** Interfaces that become HTTP clients, with the address they name. */
export function feignClients(tree: SyntaxTree): { node: SyntaxNode; address: string | undefined }[] {
  return tree
    .matches("(annotation name: (_) @name arguments: (annotation_argument_list) @args) @hit")
    .flatMap(({ hit, name, args }) => {
      if (!hit || name?.text !== "FeignClient") return [];
      const url = argumentsOf(args).find((pair) => pair.childForFieldName("key")?.text === "url");
      return [{ node: hit, address: stringValue(url?.childForFieldName("value")) }];
    });
}
