import type { Outline, Shape, ShapeField } from "../outline.ts";
import type { PlanFault } from "../port.ts";
import { parseShape } from "../read/shapes.ts";
import type { Proposal } from "./proposal.ts";

/** A proposal as the outline that a PRD would have been read into; shapes that cannot be read become faults. */
export function outlineOf(proposal: Proposal, description: string): { outline: Outline; faults: PlanFault[] } {
  const faults: PlanFault[] = [];
  const shape = (text: string | null, path: string, about: string): Shape | null => {
    if (text === null || text.trim() === "") return null;
    const read = parseShape(text);
    if (read === null)
      faults.push({ path, about, message: `${text.slice(0, 100)} is no shape; write { field: type }.` });
    return read;
  };
  const { project_name, services, entities, relationships, endpoints, events, auth, questions } = proposal;
  const outline: Outline = {
    title: project_name,
    description,
    services: services.map(({ depends_on: _, ...service }) => ({ ...service, line: 0 })),
    entities: entities.map(({ owning_service, state_machine, ...entity }) => ({
      ...entity,
      owner: owning_service,
      state_machine: state_machine && { ...state_machine, line: 0 },
      line: 0,
    })),
    relationships,
    endpoints: endpoints.map(({ service, query, request, responses, ...endpoint }, index) => {
      const about = `endpoint ${endpoint.method} ${endpoint.path}`;
      const place = `/endpoints/${index}`;
      return {
        ...endpoint,
        path: endpoint.path.replace(/:([A-Za-z_]\w*)/g, "{$1}"),
        owner: service,
        query: fieldsOf(shape(query, `${place}/query`, about)),
        request: shape(request, `${place}/request`, about),
        responses: responses.map((response, at) => ({
          status: response.status,
          shape: shape(response.body, `${place}/responses/${at}/body`, about),
          description: response.description,
        })),
        line: 0,
      };
    }),
    events: events.flatMap((event, index) => {
      const payload = shape(event.payload, `/events/${index}/payload`, `event ${event.name}`);
      const common = { name: event.name, channel: event.channel, description: event.description, payload, line: 0 };
      const [first = null, ...others] = event.publishers;
      return [
        { ...common, publisher: first, consumers: event.consumers },
        ...others.map((publisher) => ({ ...common, publisher, consumers: [] })),
      ];
    }),
    dependencies: services.flatMap(({ name, depends_on }) => depends_on.map((to) => ({ from: name, to }))),
    auth,
    questions: questions.map((question) => ({ ...question, line: null })),
  };
  return { outline, faults };
}

function fieldsOf(shape: Shape | null): ShapeField[] {
  return shape?.kind === "object" ? shape.fields : [];
}
