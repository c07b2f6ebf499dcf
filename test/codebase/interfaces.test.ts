import { afterAll, expect, it } from "vitest";
import { codebaseFolders } from "./folders.ts";

const folders = codebaseFolders();
afterAll(() => folders.remove());

it("names the routes a class takes from an interface of another module, at the method that answers", async () => {
  const { codebase } = folders.project({
    "orders-api/pom.xml": "<project/>",
    "orders-api/src/OrdersApi.java":
      'import org.springframework.web.bind.annotation.*;\n@RequestMapping("/orders")\npublic interface OrdersApi extends Removing {\n  @GetMapping("/{id}") Order one(@PathVariable String id);\n}\n',
    "orders-api/src/Removing.java":
      'import org.springframework.web.bind.annotation.*;\npublic interface Removing {\n  @DeleteMapping("/{id}") void remove(@PathVariable String id);\n}\n',
    "orders/pom.xml": "<project/>",
    "orders/src/Orders.java":
      "import org.springframework.web.bind.annotation.RestController;\n@RestController\nclass Orders implements OrdersApi {\n  public Order one(String id) { return null; }\n  public void remove(String id) {}\n}\n",
  });
  const { endpoints } = await codebase.getServiceInterface({ service_name: "orders" });
  expect(endpoints).toMatchObject([
    { method: "GET", path: "/orders/{id}", handler: "Orders.one", file_path: "orders/src/Orders.java", line: 4 },
    { method: "DELETE", path: "/orders/{id}", handler: "Orders.remove", file_path: "orders/src/Orders.java", line: 5 },
  ]);
  expect((await codebase.getServiceInterface({ service_name: "orders-api" })).endpoints).toEqual([]);
});
