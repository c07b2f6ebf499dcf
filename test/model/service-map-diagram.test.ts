import { describe, expect, it } from "vitest";
import { Service } from "../../src/model/service-map.ts";
import { serviceMapDiagram } from "../../src/model/service-map-diagram.ts";

const service = (name: string, more: Partial<Service> = {}) =>
  Service.parse({ name, stack: { language: "go" }, ...more });

describe("the diagram of a service map", () => {
  it("shows services with what they own, calls and events", () => {
    const services = [
      service("web", { is_frontend: true, depends_on: ["orders"] }),
      service("orders", { owns_entities: ["Order", "OrderItem"], events_published: ["order.created", "order.paid"] }),
      service("mail", { events_subscribed: ["order.created", "order.paid"] }),
    ];
    expect(serviceMapDiagram({ services })).toBe(
      [
        "flowchart LR",
        '  s0(["web"])',
        '  s1["orders<br/>Order, OrderItem"]',
        '  s2["mail"]',
        "  s0 --> s1",
        '  s1 -. "order.created, order.paid" .-> s2',
        "",
      ].join("\n"),
    );
  });

  it("lets no name break out of its quotes or become markup", () => {
    const services = [
      service("a", { owns_entities: ['X"]; click a "javascript:alert(1)', "<img src=x>", "end\n%% a"] }),
      service("b", { events_published: ['e"|`'], events_subscribed: ['e"|`'] }),
    ];
    const text = serviceMapDiagram({ services });
    const inside = [...text.matchAll(/"([^"]*)"/g)].map((match) => (match[1] ?? "").replace("<br/>", ""));
    expect(inside).toHaveLength(3);
    for (const label of inside) expect(label).not.toMatch(/["<>`|()[\]{}%\n]/);
    expect(text).toContain("#34;");
  });

  it("leaves out arrows to nobody, and stays small, saying what is missing", () => {
    const names = Array.from({ length: 200 }, (_, index) => `s${index}`);
    const services = names.map((name) =>
      service(name, {
        depends_on: [...names, "ghost"],
        events_published: Array.from({ length: 30 }, (_, n) => `e${n}`),
        owns_entities: ["E".repeat(500)],
      }),
    );
    const text = serviceMapDiagram({ services });
    expect(text.length).toBeLessThan(12_000);
    expect(text).toContain("140 more services");
    expect(text).toMatch(/\d+ more arrows/);
    expect(text).not.toContain("undefined");
  });
});
