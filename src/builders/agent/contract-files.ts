import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../lib/fs.ts";
import type { Contract } from "../../model/contract.ts";
import type { BuildTask } from "../port.ts";

/** A contract as it lies in a builder's folder. */
export interface ContractFile {
  /** Relative to the service's folder. */
  path: string;
  contract: Contract;
  own: boolean;
  text: string;
}

/** The contracts a builder is bound to: its own by type, those of others by service and type. */
export function contractFiles({ contracts, consumed }: Pick<BuildTask, "contracts" | "consumed">): ContractFile[] {
  const file = (contract: Contract, own: boolean): ContractFile => ({
    path: own ? `contracts/${contract.type}.json` : `contracts/${contract.service_name}_${contract.type}.json`,
    contract,
    own,
    text: `${JSON.stringify(contract.spec, null, 2)}\n`,
  });
  return [...contracts.map((one) => file(one, true)), ...consumed.map((one) => file(one, false))];
}

/** Write them, read-only. Gives the paths that were not as they have to be. */
export function putContracts(root: string, files: ContractFile[]): string[] {
  const changed = files.filter(({ path, text }) => !isExactly(join(root, path), text));
  for (const { path, text } of changed) {
    const full = join(root, path);
    if (existsSync(dirname(full)) && !lstatSync(dirname(full)).isDirectory()) rmSync(dirname(full), { force: true });
    rmSync(full, { recursive: true, force: true });
    mkdirSync(dirname(full), { recursive: true });
    writeFileAtomic(full, text);
  }
  // Also those that were as they have to be: git knows no read-only files.
  for (const { path } of files) chmodSync(join(root, path), 0o444);
  return changed.map(({ path }) => path);
}

function isExactly(full: string, text: string): boolean {
  try {
    return lstatSync(full).isFile() && readFileSync(full, "utf8") === text;
  } catch {
    return false;
  }
}
