import { messageOf } from "../../lib/errors.ts";
import type { Runtime } from "../port.ts";
import type { DockerRuntime } from "./docker.ts";

/**
 * Docker where the services can be built there, processes otherwise. It is decided at each deployment, because only then
 * there is something to build; the deployment says which it was and why.
 */
export function createAutoRuntime(docker: DockerRuntime, processes: Runtime): Runtime {
  return {
    name: "docker",
    deploy: async (request) => {
      const why = await docker.obstacle(request).catch(messageOf);
      request.signal.throwIfAborted();
      if (why === "") return docker.deploy(request);
      const deployment = await processes.deploy(request);
      return { ...deployment, runtime: `process (not docker: ${why})` };
    },
  };
}
