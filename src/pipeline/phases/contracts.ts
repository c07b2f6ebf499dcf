import { documentOf } from "../documents.ts";
import { putDocument } from "../ledger.ts";
import type { Phase } from "./phase.ts";

/** `contracts_registering`: validate every contract and freeze it by its hash. */
export const registerContracts: Phase = async (context) => {
  const { db, pipeline, ports, paths, signal } = context;
  const drafts = documentOf(db, pipeline.id, "contract_drafts");
  const registered = [];
  for (const draft of drafts) {
    signal.throwIfAborted();
    registered.push(await ports.contracts.register(draft, pipeline.id));
  }
  putDocument(context, {
    name: "contract_registry",
    phase: "contracts_registering",
    value: registered.map(({ spec: _spec, ...entry }) => entry),
    path: paths.registry,
  });
  return {
    type: "contracts_ready",
    contract_registry_path: paths.registry,
    registered: registered.length,
    expected: drafts.length,
  };
};
