import { health } from "./health.js";

/** Where requests go. The builder replaces this file by the routes of the service's contract. */
export function routes(app) {
  app.get("/health", health);
}
