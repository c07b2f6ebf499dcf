import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, type YAMLMap } from "yaml";
import type { SourceFile } from "../../../source/source-file.ts";

/** A scalar of a manifest with its place, from 1. */
export interface Value {
  value: unknown;
  line: number;
  column: number;
}

/** A workload whose pods Kubernetes runs (https://kubernetes.io/docs/concepts/workloads/). */
export interface Workload {
  kind: string;
  name: string;
  /** `hostNetwork` of its pods; undefined where it is not set. */
  hostNetwork: Value | undefined;
  containers: { name: string; privileged: Value | undefined; added: Value[] }[];
}

/** Where the pod's specification stands in each kind. */
const POD_SPEC: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  Deployment: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  DaemonSet: ["spec", "template", "spec"],
  ReplicaSet: ["spec", "template", "spec"],
  ReplicationController: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};
/** The YAML parser slows down to a quarter megabyte a second on hostile input. */
const MAX_CHARACTERS = 256 * 1024;
const MOST = 200;

const parsed = new WeakMap<SourceFile, Workload[]>();

/** The workloads of a manifest; none for other files, and for templates, which are no YAML before they are filled in. */
export function workloadsIn(file: SourceFile): Workload[] {
  let workloads = parsed.get(file);
  if (!workloads) {
    workloads = isManifest(file) ? read(file.text) : [];
    parsed.set(file, workloads);
  }
  return workloads;
}

function isManifest({ path, text }: SourceFile): boolean {
  return (
    /\.ya?ml$/i.test(path) &&
    text.length <= MAX_CHARACTERS &&
    /^apiVersion:/m.test(text) &&
    /^kind:[ \t]*["']?(Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob|List)\b/m.test(
      text,
    ) &&
    !/\{\{/.test(text) &&
    !/^ {400}|(?:- ){100}|[[{]{100}/m.test(text)
  );
}

function read(text: string): Workload[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  const scalarAt = (node: unknown): Value | undefined => {
    if (!isScalar(node)) return undefined;
    const { line, col } = lines.linePos((node as Node).range?.[0] ?? 0);
    return { value: node.value, line, column: col };
  };
  const workloadOf = (object: unknown): Workload[] => {
    if (!isMap(object)) return [];
    const kind = String(at(object, ["kind"]) ?? "");
    if (kind === "List") return itemsOf(at(object, ["items"], true)).flatMap(workloadOf);
    const pod = Object.hasOwn(POD_SPEC, kind) ? at(object, POD_SPEC[kind] ?? [], true) : undefined;
    if (!isMap(pod)) return [];
    const containers = ["containers", "initContainers", "ephemeralContainers"].flatMap((list) =>
      itemsOf(at(pod, [list], true)).flatMap((container) => {
        if (!isMap(container)) return [];
        const added = itemsOf(at(container, ["securityContext", "capabilities", "add"], true));
        return [
          {
            name: String(at(container, ["name"]) ?? ""),
            privileged: scalarAt(at(container, ["securityContext", "privileged"], true)),
            added: added.flatMap((one) => scalarAt(one) ?? []),
          },
        ];
      }),
    );
    const name = String(at(object, ["metadata", "name"]) ?? "");
    return [{ kind, name, hostNetwork: scalarAt(at(pod, ["hostNetwork"], true)), containers }];
  };
  return documents.flatMap((document) => workloadOf(document.contents)).slice(0, MOST);
}

function at(map: YAMLMap, path: readonly string[], keepNode = false): unknown {
  return map.getIn(path, keepNode);
}

function itemsOf(node: unknown): unknown[] {
  return isSeq(node) ? node.items.slice(0, MOST) : [];
}
