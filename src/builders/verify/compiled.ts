import { join } from "node:path";
import { surefireCounts } from "./counts.ts";
import { readGoJson } from "./report/go-json.ts";
import { freshXmlFiles, readJunitXml } from "./report/junit-xml.ts";
import { textReport } from "./report/roster.ts";
import { hasAny, isExecutable, requireTool, type Surroundings, type Toolchain } from "./toolchain.ts";

export function goToolchain(): Toolchain {
  const command = requireTool(["go"], "Go services");
  const args = ["test", "./...", "-json", "-count=1"];
  return {
    commands: [
      { purpose: "test", command, args, plain: "go test ./...", report: (output) => readGoJson(output) ?? null },
    ],
  };
}

/** Maven, by the service's own wrapper when it has one; Surefire and Failsafe leave a file of JUnit XML for each class. */
export function mavenToolchain({ directory }: Surroundings): Toolchain {
  const wrapper = isExecutable(join(directory, "mvnw"));
  const command = wrapper ? "./mvnw" : requireTool(["mvn"], "services with a pom.xml");
  const args = ["-B", "--no-transfer-progress", "test"];
  const report = (output: string, since: number) => {
    const counts = surefireCounts(output);
    const files = freshXmlFiles(directory, since, (path) => /[\\/](?:surefire|failsafe)-reports[\\/]/.test(path));
    return readJunitXml(files, since) ?? (counts && textReport(counts));
  };
  return { commands: [{ purpose: "test", command, args, plain: `${command} test`, report }] };
}

export const GRADLE_MANIFESTS = ["build.gradle", "build.gradle.kts"];

/** Gradle, by the service's own wrapper when it has one; counts come from the XML files of this run. */
export function gradleToolchain({ directory }: Surroundings): Toolchain {
  const wrapper = isExecutable(join(directory, "gradlew"));
  const command = wrapper ? "./gradlew" : requireTool(["gradle"], "services with a Gradle build");
  const args = ["--no-daemon", "--console=plain", "test", "--rerun-tasks"];
  const report = (_output: string, since: number) => {
    const files = freshXmlFiles(directory, since, (path) => /[\\/]build[\\/]test-results[\\/]/.test(path));
    return readJunitXml(files, since) ?? null;
  };
  return { commands: [{ purpose: "test", command, args, plain: `${command} test --rerun-tasks`, report }] };
}

export function hasGradle(directory: string): boolean {
  return hasAny(directory, GRADLE_MANIFESTS);
}
