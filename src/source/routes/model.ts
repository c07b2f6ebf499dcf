/** A name of another file (or, with module "", of this one) that decides whether callers are checked. */
export interface Ref {
  module: string;
  name: string;
}

/** Whether something lets only known callers through: yes, no (no refs), or as far as one of the named things does. */
export type Guarding = true | readonly Ref[];

/** A route as the code declares it. */
export interface Route {
  /** "ANY" when the code does not say. */
  method: string;
  path: string;
  line: number;
  column: number;
  /** Offset in the file: middleware counts only when it comes before. */
  at: number;
  /** The router it is declared on; "" when there is no such thing (a controller class). */
  router: string;
  guards: Guarding;
  /** The code says on purpose that everybody may call it: @Public(), AllowAny, permitAll. */
  open?: boolean;
  /** Its handler takes passwords: a registration rather than somebody's data. */
  registers?: boolean;
  /** Its handler is not in this file. */
  elsewhere?: boolean;
  /** What answers, as the code names it; "" for a function without a name. */
  handler?: string;
  /** The path is not known: the view's name stands for it. */
  by_name?: boolean;
  /** The view that answers, which says in another file what methods there are. */
  view?: ServedView;
}

/** A view by its name; of a view set the list of things, or one of them. */
export interface ServedView {
  name: string;
  role: "view" | "list" | "detail";
  /** Where the route itself says them. */
  methods?: string[];
}

/** The methods that a view answers; none: it does not say. */
export interface ViewFacts {
  name: string;
  methods: string[];
  /** Of a view set: on the list of things, and on one of them. */
  list: string[];
  detail: string[];
  actions: { name: string; path: string; detail: boolean; methods: string[] }[];
}

/** A route as one method declares it, before the path of its type. */
export interface InheritedRoute {
  verb: string;
  path: string;
  jax_rs: boolean;
  at: number;
  line: number;
  column: number;
}

export interface TypeMethod {
  name: string;
  /** How many parameters it takes. */
  parameters: number;
  routes: InheritedRoute[];
  guarded: boolean;
  /** It checks a signature. */
  signed: boolean;
  open: boolean;
  registers: boolean;
  /** `stub`: it only says that nobody has written it; `delegates`: another object answers for it. */
  body: "none" | "stub" | "delegates" | "own";
  at: number;
  line: number;
  column: number;
}

/** A class or interface that others take routes from, or that takes them from others. */
export interface JavaType {
  name: string;
  /** Names of what it extends and implements. */
  supertypes: string[];
  /** As what a framework serves it: a resource needs no annotation of its own, an interface is never served. */
  served: "controller" | "resource" | "never";
  jax_rs: boolean;
  /** It declares a client rather than a server. */
  client: boolean;
  /** Paths before those of its methods; null when it names none. */
  bases: string[] | null;
  guarded: boolean;
  open: boolean;
  methods: TypeMethod[];
  at: number;
  line: number;
  column: number;
}

/** What one file says of routes, plain data so that it can be kept. */
export interface RouteFacts {
  routes: Route[];
  /** Routers and apps by key; `root`: it is the application itself. */
  routers: { key: string; prefix: string; root: boolean; guards: Guarding }[];
  /** Middleware: of a router from an offset on, under a path. */
  uses: { router: string; prefix: string; at: number; guards: Guarding }[];
  mounts: { on: string; target: Ref; prefix: string; at: number; guards: Guarding }[];
  /** Functions that are handed a router: their name and the router's key. */
  functions: { name: string; key: string }[];
  /** Names of this file whose code looks at credentials. */
  checks: string[];
  /** Something guards every route of the service. */
  everywhere: boolean;
  /** Paths a filter chain permits to everybody, as it writes them. */
  permitted: string[];
  /** Prefixes under which a filter chain lets everybody in, whatever is there. */
  opened: string[];
  /** A filter chain lets everybody in everywhere. */
  open_everywhere: boolean;
  /** Classes of controllers that middleware is bound to by name. */
  guardedClasses: string[];
  /** Classes and interfaces of Java whose routes count together with those of their supertypes. */
  types: JavaType[];
  /** Views that routes of other files refer to. */
  views?: ViewFacts[];
}

export interface FileFacts {
  path: string;
  facts: RouteFacts;
}

/** A route with what the whole service says of it. */
export interface ResolvedRoute extends Route {
  file: string;
  /** With the prefixes of all routers it is mounted under. */
  full: string;
  guarded: boolean;
}

export function emptyFacts(): RouteFacts {
  return {
    routes: [],
    routers: [],
    uses: [],
    mounts: [],
    functions: [],
    checks: [],
    everywhere: false,
    permitted: [],
    opened: [],
    open_everywhere: false,
    guardedClasses: [],
    types: [],
  };
}

/** Names that decide on one route: more are not looked up. */
const MOST = 20;

/** Either of two. */
export function eitherGuard(one: Guarding, other: Guarding): Guarding {
  if (one === true || other === true) return true;
  if (other.length === 0) return one;
  return one.length === 0 ? other : [...one, ...other].slice(0, MOST);
}

/** Any of several. */
export function anyGuard(all: readonly Guarding[]): Guarding {
  return all.reduce(eitherGuard, []);
}
