import Docker from "dockerode";
import { describe } from "vitest";

/** Address of the engine that .ci/docker-engine started and made the base images on: then these tests must run. */
const { DOCKER_ENGINE: address } = process.env;
if (address !== undefined) process.env.DOCKER_HOST = address;

/** Tests that need a real engine with the base images. */
export const describeDocker = address
  ? describe
  : describe.skip.bind(describe, "needs a Docker engine with local base images (DOCKER_ENGINE, see .ci/docker-engine)");

const docker = new Docker();

/**
 * Everything of projects whose name begins so that is on the engine, by kind. Other tests use the same engine at the same
 * time, so only their own is looked at; .ci/run compares the whole engine before and after.
 */
export async function everythingOf(
  project: string,
): Promise<Record<"containers" | "networks" | "volumes" | "images", string[]>> {
  const [containers, networks, volumes, images] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
    docker.listImages({ all: true }),
  ]);
  const own = (names: string[]) => names.filter((name) => name.includes(project)).sort();
  return {
    containers: own(containers.map(({ Names }) => Names.join(" "))),
    networks: own(networks.map(({ Name }) => Name)),
    volumes: own(volumes.Volumes.map(({ Name }) => Name)),
    images: own(images.map(({ RepoTags, Labels }) => [...(RepoTags ?? []), ...Object.values(Labels ?? {})].join(" "))),
  };
}

export const NOTHING = { containers: [], networks: [], volumes: [], images: [] };
