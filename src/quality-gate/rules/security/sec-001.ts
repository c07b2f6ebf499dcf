import {
  type ContractOperation,
  contractDocuments,
  normalRoute,
  operationsOf,
} from "../../../source/contract-documents.ts";
import type { FileFacts, RouteFacts } from "../../../source/routes/model.ts";
import { isPrivatePath, isPublicPath } from "../../../source/routes/public.ts";
import { routeFactsOf } from "../../../source/routes/read.ts";
import { type ResolvedRoute, resolveRoutes } from "../../../source/routes/resolve.ts";
import { defineRule, type Gathered, perService } from "../../rule.ts";

/** Code that shows or tries something, and serves nobody. */
const ASIDE = /(^|\/)(examples?|samples?|demos?|docs?|scripts?|bench(marks?)?|\.github|templates?)\//i;

export default defineRule({
  code: "SEC-001",
  title: "Unauthenticated endpoint",
  severity: "error",
  category: "security",
  why: "Everybody who reaches the service can do what this endpoint does.",
  fix: "Guard it with the service's authentication dependency, decorator or middleware.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  files: ["text"],
  detect: perService<RouteFacts>({
    shared: { java: ({ language }) => language === "java" },
    collect: (file) => (ASIDE.test(file.path) ? undefined : routeFactsOf(file)),
    *conclude(service, facts, elsewhere, system) {
      const promised = contractDocuments(system, [])
        .filter((document) => document.service === service)
        .flatMap(operationsOf);
      const files = facts.map(asFile);
      // Java takes routes from interfaces, which may be in another service's folder.
      const inherits = files.some((file) => file.facts.types.length > 0);
      for (const route of resolveRoutes(opened(files), inherits ? elsewhere("java").map(asFile) : [])) {
        if (route.guarded || !mustBeGuarded(route, promised)) continue;
        const { method, full, file, line, column } = route;
        const name = method === "ANY" ? full : `${method} ${full}`;
        const message = `${name} answers without asking who calls.`;
        yield { file, service, line, column, message, key: `${method} ${full}` };
      }
    },
  }),
  bad: [
    {
      file: "app.py",
      code: 'from fastapi import FastAPI\napp = FastAPI()\n\n@app.post("/orders")\nasync def create(order: Order, db=Depends(get_db)):\n    return save(order)\n',
    },
    {
      file: "app.py",
      code: 'from flask import Flask\napp = Flask(__name__)\n\n@app.route("/orders/<int:id>", methods=["DELETE"])\ndef remove(id):\n    drop(id)\n',
    },
    {
      file: "app.ts",
      code: 'import express from "express";\nconst app = express();\napp.delete("/orders/:id", (req, res) => remove(req.params.id));\n',
    },
    {
      file: "app.js",
      code: 'const express = require("express");\nconst router = express.Router();\nrouter.get("/admin/users", listUsers);\n',
    },
  ],
  good: [
    {
      file: "app.py",
      code: 'from fastapi import FastAPI, Depends\napp = FastAPI()\n\n@app.post("/orders")\nasync def create(order: Order, user=Depends(get_current_user)):\n    return save(order)\n\n@app.post("/login")\nasync def login(form): ...\n',
    },
    {
      file: "app.py",
      code: 'from fastapi import APIRouter, Depends\nrouter = APIRouter(dependencies=[Depends(verify_token)])\n\n@router.post("/orders")\nasync def create(order: Order): ...\n',
    },
    {
      file: "app.py",
      code: 'from flask import Flask\n\n@app.route("/orders", methods=["POST"])\n@login_required\ndef create(): ...\n',
    },
    {
      file: "app.ts",
      code: 'import express from "express";\nconst app = express();\napp.post("/orders", requireAuth, create);\napp.get("/products", list);\napp.post("/auth/login", login);\n',
    },
    {
      files: {
        "app.ts": 'import express from "express";\napp.use(authenticate);\n',
        "orders.ts": 'import { Router } from "express";\nrouter.post("/orders", create);\n',
      },
    },
    { file: "client.ts", code: 'import express from "express";\naxios.post("/orders", order);\n' },
  ],
});

function asFile({ file, fact }: Gathered<RouteFacts>): FileFacts {
  return { path: file.path, facts: fact };
}

/** A filter chain that lets everybody in takes back what the mere dependency on a security library would do. */
function opened(files: readonly FileFacts[]): readonly FileFacts[] {
  if (!files.some(({ facts }) => facts.open_everywhere)) return files;
  return files.map((file) =>
    /\.(xml|gradle|kts)$/.test(file.path) ? { ...file, facts: { ...file.facts, everywhere: false } } : file,
  );
}

/** The contract decides where it names the operation; otherwise what the route does. */
function mustBeGuarded(route: ResolvedRoute, promised: readonly ContractOperation[]): boolean {
  const { method, full } = route;
  const path = normalRoute(full);
  const operation = promised.find((one) => {
    const clause = normalRoute(one.path);
    const same =
      clause === path || (path.length > 1 && clause.endsWith(path)) || (clause.length > 1 && path.endsWith(clause));
    return same && (method === "ANY" || one.method === method);
  });
  if (operation && operation.secured !== null) return operation.secured;
  if (isPublicPath(method, full)) return false;
  if (route.open && method === "POST") return false;
  // POST /users with a password is a registration.
  if (method === "POST" && route.registers && /\/(users?|accounts?|customers?|members?)\/?$/i.test(full)) return false;
  return (method !== "GET" && method !== "ANY") || isPrivatePath(full);
}
