import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pytestCounts } from "./counts.ts";
import { readJunitXml } from "./report/junit-xml.ts";
import { textReport } from "./report/roster.ts";
import { hasAny, type PlannedCommand, requireTool, type Surroundings, type Toolchain } from "./toolchain.ts";

const REQUIREMENTS = ["requirements.txt", "requirements-dev.txt", "requirements_dev.txt", "requirements-test.txt"];
export const PYTHON_MANIFESTS = ["pyproject.toml", "requirements.txt", "setup.py", "setup.cfg"];

/** A Python service: pytest in a virtual environment of its own, with what its manifest asks for. */
export function pythonToolchain({ directory, reportDir }: Surroundings): Toolchain {
  const reportFile = join(reportDir, "pytest.xml");
  const python = requireTool(["python3", "python"], "Python services");
  const bin = process.platform === "win32" ? "Scripts" : "bin";
  const own = join(directory, ".venv", bin, "python");
  const commands: PlannedCommand[] = [];
  if (!existsSync(own))
    commands.push({ purpose: "install", command: python, args: ["-m", "venv", "--system-site-packages", ".venv"] });
  const wanted = requirementsOf(directory);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  if (wanted.length > 0) commands.push({ purpose: "install", command: own, args: [...pip, ...wanted] });
  commands.push({
    purpose: "install",
    command: own,
    args: [...pip, "pytest"],
    unless: { command: own, args: ["-c", "import pytest"] },
  });
  commands.push({
    purpose: "test",
    command: own,
    args: ["-m", "pytest", "-q", "-p", "no:cacheprovider", `--junitxml=${reportFile}`],
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    plain: `${relative(directory, own)} -m pytest -q`,
    report: (output, since) => {
      const counts = pytestCounts(output);
      return readJunitXml([reportFile], since) ?? (counts && textReport(counts));
    },
  });
  return { commands };
}

/** Arguments for pip; empty when nothing is asked for. A pyproject that only configures tools is no package. */
function requirementsOf(directory: string): string[] {
  const files = REQUIREMENTS.filter((file) => hasRequirement(join(directory, file)));
  const isPackage = hasAny(directory, ["setup.py"]) || /^\[project\]/m.test(textOf(join(directory, "pyproject.toml")));
  return [...files.flatMap((file) => ["-r", file]), ...(isPackage && files.length === 0 ? ["."] : [])];
}

function hasRequirement(file: string): boolean {
  return textOf(file)
    .split("\n")
    .some((line) => line.trim() !== "" && !line.trim().startsWith("#"));
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
