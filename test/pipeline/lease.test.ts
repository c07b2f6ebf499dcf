import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  acquireLease,
  fenced,
  isHeld,
  LEASE_TTL_MS,
  type Lease,
  leaseOf,
  releaseLease,
  renewLease,
} from "../../src/pipeline/lease.ts";
import { emptyProject, newPipeline, type Project } from "./harness.ts";

let project: Project;
let lease: Lease;
beforeEach(() => {
  project = emptyProject();
  lease = newPipeline(project);
});
afterEach(() => project.remove());

/** Make the lease look as if another process had taken it. */
const ownedBy = (change: { pid?: number; started?: string; host?: string; heartbeat_at?: number }) => {
  const now = leaseOf(project.db, "shop-1");
  project.db
    .prepare("UPDATE leases SET pid = ?, started = ?, host = ?, heartbeat_at = ?")
    .run(
      change.pid ?? now?.pid,
      change.started ?? now?.started,
      change.host ?? now?.host,
      change.heartbeat_at ?? now?.heartbeat_at,
    );
};
const deadPid = () => spawnSync("true").pid;

describe("a lease", () => {
  it("is refused to a second driver", () => {
    expect(() => acquireLease(project.db, "shop-1")).toThrow(/already driven by process/);
  });

  it("can be taken again once released, under a higher token", () => {
    releaseLease(project.db, lease);
    expect(isHeld(leaseOf(project.db, "shop-1"))).toBe(false);
    expect(acquireLease(project.db, "shop-1").token).toBe(lease.token + 1);
  });

  it("of a dead process is taken over at once", () => {
    ownedBy({ pid: deadPid(), started: "1" });
    const taken = acquireLease(project.db, "shop-1");
    expect(taken.token).toBe(lease.token + 1);
    expect(() => fenced(project.db, lease, () => undefined)).toThrow(/taken pipeline shop-1 over/);
    expect(() => renewLease(project.db, lease)).toThrow(/taken/);
  });

  it("of a process whose id was given to another one is taken over", () => {
    ownedBy({ started: "not when this process started" });
    expect(isHeld(leaseOf(project.db, "shop-1"))).toBe(false);
  });

  it("that was not renewed for its time is taken over even when its process exists", () => {
    ownedBy({ heartbeat_at: Date.now() - LEASE_TTL_MS - 1 });
    expect(acquireLease(project.db, "shop-1").token).toBe(lease.token + 1);
  });

  it("of another host counts by its heartbeat", () => {
    ownedBy({ host: `not-${hostname()}`, pid: deadPid() });
    expect(isHeld(leaseOf(project.db, "shop-1"))).toBe(true);
    ownedBy({ heartbeat_at: Date.now() - LEASE_TTL_MS - 1 });
    expect(isHeld(leaseOf(project.db, "shop-1"))).toBe(false);
  });

  it("released by an old owner stays with the new one", () => {
    ownedBy({ pid: deadPid(), started: "1" });
    acquireLease(project.db, "shop-1");
    releaseLease(project.db, lease);
    expect(isHeld(leaseOf(project.db, "shop-1"))).toBe(true);
  });
});
