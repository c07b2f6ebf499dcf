import { afterAll, describe, expect, it } from "vitest";
import { createBuiltinArchitect } from "../../src/architect/builtin.ts";
import { createClaudeCodeArchitect } from "../../src/architect/claude-code.ts";
import { createHostArchitect } from "../../src/architect/host.ts";
import { validateContract as validate } from "../../src/contracts/validate.ts";
import { CLAUDE, isolatedClaude, NEEDS_CLAUDE } from "../support/claude.ts";
import { type ScriptedMessages, scriptedMessages } from "../support/scripted-messages.ts";
import { describeArchitect } from "./architect-contract.ts";
import { budgetOf } from "./budget.ts";
import { libraryProposal } from "./proposals.ts";

const started: ScriptedMessages[] = [];
afterAll(() => Promise.all(started.map((api) => api.close())));

describeArchitect("builtin", async () => {
  const architect = createBuiltinArchitect({ validate });
  return { architect, plan: (request) => architect.plan(request) };
});

describeArchitect("host", async () => {
  const architect = createHostArchitect({ validate });
  return {
    architect,
    plan: async (request) => {
      const judged = await architect.handsOut?.judge(libraryProposal(), request);
      if (!judged?.plan) throw new Error(JSON.stringify(judged?.faults));
      return judged.plan;
    },
  };
});

describeArchitect(
  `claude-code (${NEEDS_CLAUDE})`,
  async () => {
    const api = await scriptedMessages([{ say: [{ tool: "StructuredOutput", input: libraryProposal() }] }]);
    started.push(api);
    const env = isolatedClaude(api.url);
    const architect = createClaudeCodeArchitect({ validate, command: CLAUDE ?? "claude", model: "", max_cost: 5, env });
    return { architect, plan: (request) => architect.plan({ ...request, budget: budgetOf(5).budget }) };
  },
  CLAUDE === undefined,
);

describe("host", () => {
  const { handsOut, plan } = createHostArchitect({ validate });

  it("hands out rules and a schema, with what reviewers said and the plan they said it about", async () => {
    const first = handsOut?.brief({ prd: "x", feedback: [] });
    expect(first?.schema).toMatchObject({ type: "object", required: ["project_name", "services"] });
    expect(first?.instructions).not.toContain("Reviewers");
    const judged = await handsOut?.judge(libraryProposal(), { prd: "x", feedback: [] });
    const again = handsOut?.brief({
      prd: "x",
      feedback: ["merge loans into catalog"],
      previous: judged?.plan ?? undefined,
    });
    expect(again?.instructions).toContain("1. merge loans into catalog");
    expect(again?.instructions).toContain('"name":"reminders-service"');
  });

  it("does not plan by itself", async () => {
    await expect(plan({ prd: "x", feedback: [] })).rejects.toMatchObject({ code: "WRONG_STATE" });
  });
});
