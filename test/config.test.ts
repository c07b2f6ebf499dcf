import { describe, expect, it } from "vitest";
import { assertAffordable, CONFIG_TEMPLATE, Config, DEPTH_PRESETS, loadConfig, parseConfig } from "../src/config.ts";

const parse = (text: string, overrides = {}) => parseConfig(text, "config.yaml", overrides);

describe("defaults", () => {
  it("are the specification's (3.7)", () => {
    expect(parse("")).toMatchObject({
      depth: "standard",
      budget_limit: null,
      architect: { max_retries: 2, timeout: 900, auto_approve: false },
      builder: { max_concurrent: 3, timeout_per_builder: 1800, depth: "thorough" },
      integration: {
        timeout: 600,
        traefik_image: "traefik:v3.6",
        compose_file: "docker-compose.yml",
        test_compose_file: "docker-compose.test.yml",
      },
      quality_gate: { max_fix_retries: 3, layer4_enabled: true, blocking_severity: "error" },
      build1_services_dir: "",
      agent_team_config_path: "",
    });
  });

  it("are what the template of `init` gives", () => {
    expect(parse(CONFIG_TEMPLATE)).toEqual(parse(""));
  });
});

describe("depth presets", () => {
  it("each change something real, except the standard one", () => {
    const standard = parse("depth: standard");
    for (const depth of ["quick", "thorough", "exhaustive"]) {
      const { depth: _, ...settings } = parse(`depth: ${depth}`);
      expect({ ...standard, ...settings }).not.toEqual(standard);
    }
  });

  it("stand under what the file says and over the defaults", () => {
    const config = parse("depth: quick\nquality_gate:\n  max_fix_retries: 5\n");
    expect(config.quality_gate.max_fix_retries).toBe(5);
    expect(config.quality_gate.layer4_enabled).toBe(false);
  });

  it("give way to a depth asked for on the command line", () => {
    expect(parse("depth: quick", { depth: "exhaustive" })).toMatchObject({
      depth: "exhaustive",
      quality_gate: DEPTH_PRESETS.exhaustive.quality_gate,
    });
  });

  it("are valid configurations", () => {
    for (const preset of Object.values(DEPTH_PRESETS)) expect(() => Config.parse(preset)).not.toThrow();
  });
});

describe("mistakes", () => {
  const message = (text: string) => {
    try {
      parse(text);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return "accepted";
  };

  it("name the line and the key that was meant", () => {
    expect(message("depth: quick\nbuilder:\n  max_concurent: 4\n")).toBe(
      "config.yaml: line 3: unknown key builder.max_concurent (did you mean max_concurrent?).",
    );
  });

  it("name the line of a wrong type and of a value out of range", () => {
    expect(message("builder:\n  max_concurrent: many\n")).toMatch(/line 2: builder\.max_concurrent: /);
    expect(message("\n\nbudget_limit: -1\n")).toMatch(/line 3: budget_limit: /);
    expect(message("depth: deep\n")).toMatch(/line 1: depth: /);
  });

  it("name every fault at once", () => {
    expect(message("a: 1\nb: 2\n")).toMatch(/line 1: unknown key a.*line 2: unknown key b/);
  });

  it("name the line of broken YAML", () => {
    expect(message("depth: [quick\nbuilder: {")).toMatch(/config\.yaml: line \d/);
  });

  it("refuse a list or a word where a mapping belongs", () => {
    expect(message("- depth\n")).toMatch(/line 1/);
    expect(message("builder: yes please\n")).toMatch(/line 1: builder/);
  });

  it("refuse a named file that is not there", () => {
    expect(() => loadConfig("/nowhere", "/nowhere/config.yaml")).toThrow(/does not exist/);
  });
});

describe("a planner that costs money", () => {
  it("needs a budget", () => {
    const paid = "architect:\n  backend: claude-code\n";
    expect(() => assertAffordable(parseConfig(paid, "config.yaml"))).toThrowError(
      expect.objectContaining({ code: "CONFIG_INVALID", remedy: expect.stringContaining("budget_limit") }),
    );
    expect(() => assertAffordable(parseConfig(paid, "config.yaml", { budget_limit: 5 }))).not.toThrow();
    for (const backend of ["auto", "builtin", "host"])
      expect(() => assertAffordable(parseConfig(`architect:\n  backend: ${backend}\n`, "config.yaml"))).not.toThrow();
  });
});
