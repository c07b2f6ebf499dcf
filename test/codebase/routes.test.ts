import { afterAll, describe, expect, it } from "vitest";
import { codebaseFolders } from "./folders.ts";

const folders = codebaseFolders();
afterAll(() => folders.remove());

async function endpointsOf(files: Record<string, string>): Promise<string[]> {
  const all = { Dockerfile: "FROM scratch\n", ...files };
  const placed = Object.fromEntries(Object.entries(all).map(([path, text]) => [`services/shop/${path}`, text]));
  const { codebase } = folders.project(placed);
  const { endpoints } = await codebase.getServiceInterface({ service_name: "shop" });
  return endpoints.map(({ method, path, handler }) => `${method} ${path} ${handler}`).sort();
}

describe("Django", () => {
  const VIEWS = `
from rest_framework import viewsets, generics, mixins
from rest_framework.decorators import action, api_view
from rest_framework.views import APIView
from django.views.decorators.http import require_POST

class OrderViewSet(viewsets.ModelViewSet):
    @action(detail=True, methods=["post"], url_path="pay")
    def pay_now(self, request, pk=None):
        pass

class TagViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    pass

class CustomerList(generics.ListCreateAPIView):
    pass

class CustomerDetail(APIView):
    def get(self, request, pk):
        pass
    def delete(self, request, pk):
        pass

@api_view(["GET", "POST"])
def notes(request):
    pass

@require_POST
def import_orders(request):
    pass

def legacy(request):
    pass
`;

  it("serves what urlpatterns say, through what they include, with the methods of the views", async () => {
    const endpoints = await endpointsOf({
      "manage.py": "import django\n",
      "site/urls.py": `
from django.contrib import admin
from django.urls import include, path, re_path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("shop.urls")),
    re_path(r"^old/(?P<year>[0-9]{4})/$", include([path("legacy/", views.legacy)])),
]
`,
      "shop/urls.py": `
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from . import views
from .views import CustomerDetail, CustomerList

router = DefaultRouter()
router.register(r"orders", views.OrderViewSet)
router.register("tags", views.TagViewSet, basename="tag")

extra = [path("notes/", views.notes)]

urlpatterns = [
    path("", include(router.urls)),
    path("customers/", CustomerList.as_view()),
    path("customers/<int:pk>/", CustomerDetail.as_view(), name="customer"),
    path("more/", include(extra)),
]
urlpatterns += [path("import/", login_required(views.import_orders))]
`,
      "shop/views.py": VIEWS,
    });
    expect(endpoints).toEqual(
      [
        "GET /api/v1/orders/ OrderViewSet",
        "POST /api/v1/orders/ OrderViewSet",
        "GET /api/v1/orders/{pk}/ OrderViewSet",
        "PUT /api/v1/orders/{pk}/ OrderViewSet",
        "PATCH /api/v1/orders/{pk}/ OrderViewSet",
        "DELETE /api/v1/orders/{pk}/ OrderViewSet",
        "POST /api/v1/orders/{pk}/pay/ OrderViewSet.pay_now",
        "GET /api/v1/tags/ TagViewSet",
        "GET /api/v1/customers/ CustomerList",
        "POST /api/v1/customers/ CustomerList",
        "GET /api/v1/customers/{pk}/ CustomerDetail",
        "DELETE /api/v1/customers/{pk}/ CustomerDetail",
        "GET /api/v1/more/notes/ notes",
        "POST /api/v1/more/notes/ notes",
        "POST /api/v1/import/ import_orders",
        "ANY /old/{year}/legacy/ legacy",
      ].sort(),
    );
  });

  it("takes a view set's methods from the route where it says them", async () => {
    const endpoints = await endpointsOf({
      "urls.py": `
from django.urls import path
from .views import OrderViewSet
urlpatterns = [path("orders/", OrderViewSet.as_view({"get": "list", "post": "create"}))]
`,
      "views.py": VIEWS,
    });
    expect(endpoints).toEqual(["GET /orders/ OrderViewSet", "POST /orders/ OrderViewSet"]);
  });
});

describe("routers that people write themselves", () => {
  it("serve what their tables say", async () => {
    const endpoints = await endpointsOf({
      "server.ts": `
import { createServer } from "node:http";
class Api {
  constructor() {
    this.route("GET", "/orders", listOrders);
    this.route("POST", "/orders/:id/pay", (request) => this.pay(request));
  }
}
export const ROUTES = [
  { method: "DELETE", path: "/orders/:id", handler: removeOrder },
  { method: "GET", url: "/health", handler: () => "ok" },
];
const wanted = [{ method: "GET", path: "/elsewhere" }];
client.add("GET", "nothing", 3);
emitter.on("GET", "/x");
`,
    });
    expect(endpoints).toEqual([
      "DELETE /orders/:id removeOrder",
      "GET /health ",
      "GET /orders listOrders",
      "POST /orders/:id/pay ",
    ]);
  });
});
