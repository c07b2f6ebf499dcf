"""Behaves as agent-team does towards whoever starts it: arguments, STATE.json with its false success and its test
counts that are files on disk, exit statuses, and the environment in which it refuses to work. SCENARIO says what happens."""

import json
import os
import sys
import time
from pathlib import Path

scenario = os.environ.get("SCENARIO", "builds")
args = sys.argv[1:]
Path("seen.json").write_text(json.dumps({"args": args, "env": sorted(os.environ)}))

if any(name == "CLAUDECODE" or name.startswith("CLAUDE_CODE_") for name in os.environ):
    sys.exit("Claude Code cannot be launched inside another Claude Code session.")

options, positional = {}, []
flags = {"--no-interview"}
index = 0
while index < len(args):
    if args[index] in flags:
        index += 1
    elif args[index].startswith("--"):
        options[args[index]] = args[index + 1]
        index += 2
    else:
        positional.append(args[index])
        index += 1

if "--prd" not in options and not positional:
    print("What would you like to build? ", flush=True)
    sys.exit(2 if sys.stdin.read(1) == "" else 0)
if "--prd" in options and not Path(options["--prd"]).is_file():
    sys.exit(1)

state_file = Path(".agent-team/STATE.json")
state_file.parent.mkdir(exist_ok=True)


def state(phase, cost, **over):
    summary = {"success": True, "test_passed": 7, "test_total": 7, "convergence_ratio": 0.0}
    value = {
        "schema_version": 3,
        "total_cost": cost,
        "current_phase": phase,
        "current_milestone": "m1",
        "milestone_order": ["m1", "m2"],
        "completed_milestones": [],
        "failed_milestones": [],
        "interrupted": False,
        "summary": summary,
        **over,
    }
    temporary = state_file.with_name(".STATE_x.tmp")
    temporary.write_text(json.dumps(value))
    os.replace(temporary, state_file)


def build():
    Path("test").mkdir(exist_ok=True)
    Path("test/one.test.js").write_text("import test from 'node:test'; test('one', () => {});\n")
    scripts = {"test": "node --test test/one.test.js"}
    Path("package.json").write_text(json.dumps({"name": "svc", "type": "module", "scripts": scripts}))


state("orchestration", 0.5)
if scenario == "spends":
    state("orchestration", 99.0)
    time.sleep(600)
if scenario == "spends-a-little":
    build()
    state("orchestration", 4.5)
    time.sleep(float(os.environ.get("LONGER", "0")))
    state("complete", 4.5)
    sys.exit(0)
if scenario == "limited" and not Path("was-limited").exists():
    Path("was-limited").write_text("")
    state("orchestration", 0.5, error_context="API Error: 529 overloaded_error, try again in 0 s")
    sys.exit(1)
if scenario == "hangs":
    time.sleep(600)
if scenario == "fails":
    state("complete", 1.5, failed_milestones=["m2"], error_context="m2 did not converge", summary={"success": False})
    sys.exit(1)
if scenario == "subscription":
    build()
    state("complete", 0)
    sys.exit(0)
if scenario != "writes-nothing":
    build()
state("complete", 1.25)
