import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { goCounts, junitCounts, surefireCounts } from "./counts.ts";
import { hasAny, isExecutable, requireTool, type Surroundings, type Toolchain } from "./toolchain.ts";

export function goToolchain(): Toolchain {
  const command = requireTool(["go"], "Go services");
  return { commands: [{ purpose: "test", command, args: ["test", "./...", "-json", "-count=1"], counts: goCounts }] };
}

/** Maven, by the service's own wrapper when it has one. */
export function mavenToolchain({ directory }: Surroundings): Toolchain {
  const wrapper = isExecutable(join(directory, "mvnw"));
  const command = wrapper ? "./mvnw" : requireTool(["mvn"], "services with a pom.xml");
  return {
    commands: [{ purpose: "test", command, args: ["-B", "--no-transfer-progress", "test"], counts: surefireCounts }],
  };
}

export const GRADLE_MANIFESTS = ["build.gradle", "build.gradle.kts"];

/** Gradle, by the service's own wrapper when it has one; counts come from the XML files of this run. */
export function gradleToolchain({ directory }: Surroundings): Toolchain {
  const wrapper = isExecutable(join(directory, "gradlew"));
  const command = wrapper ? "./gradlew" : requireTool(["gradle"], "services with a Gradle build");
  const results = join(directory, "build", "test-results", "test");
  const counts = (_output: string, since: number) => junitCounts(xmlFiles(results), since);
  return {
    commands: [{ purpose: "test", command, args: ["--no-daemon", "--console=plain", "test", "--rerun-tasks"], counts }],
  };
}

function xmlFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".xml"))
    .map((name) => join(folder, name));
}

export function hasGradle(directory: string): boolean {
  return hasAny(directory, GRADLE_MANIFESTS);
}
