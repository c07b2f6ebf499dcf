const PARAMETER = /(?<=\/):([A-Za-z0-9_]+)|\{([^}]+)\}/g;

/** Routes by method and path; `:name` and `{name}` stand for one segment or a part of it. */
export function createRouter() {
  const routes = [];
  return {
    add(method, path, route) {
      routes.push({ method, ...compile(path), ...route });
      routes.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
    },
    /** The route and its parameters; otherwise the methods the path does have. */
    find(method, pathname) {
      const matching = routes.filter((route) => route.pattern.test(pathname));
      const best = matching[0];
      // Only the most specific path counts: `/users/me` never falls back to `/users/:id`.
      const same = matching.filter((route) => route.path === best?.path);
      const wanted = method === "HEAD" && !same.some((route) => route.method === "HEAD") ? "GET" : method;
      const route = same.find((candidate) => candidate.method === wanted);
      const allowed = same.map((candidate) => candidate.method);
      if (allowed.includes("GET")) allowed.push("HEAD");
      return { route, params: route ? parametersOf(route, pathname) : {}, allowed: [...new Set(allowed)].sort() };
    },
  };
}

function compile(path) {
  const names = [];
  const source = path
    .split(PARAMETER)
    .map((part, index) => {
      if (index % 3 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      if (part !== undefined) names.push(part);
      return part === undefined ? "" : "([^/]+)";
    })
    .join("");
  // Fixed segments before parameters, so that the most specific path is tried first.
  const rank = path.replace(PARAMETER, "\uffff");
  return { path, names, rank, pattern: new RegExp(`^${source}/?$`) };
}

function parametersOf({ names, pattern }, pathname) {
  const values = pattern.exec(pathname).slice(1);
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(values[index])]));
}
