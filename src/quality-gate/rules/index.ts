import type { Rule } from "../rule.ts";
import adv001 from "./adversarial/adv-001.ts";
import adv002 from "./adversarial/adv-002.ts";
import adv003 from "./adversarial/adv-003.ts";
import adv004 from "./adversarial/adv-004.ts";
import adv005 from "./adversarial/adv-005.ts";
import adv006 from "./adversarial/adv-006.ts";
import cors001 from "./cors/cors-001.ts";
import cors002 from "./cors/cors-002.ts";
import cors003 from "./cors/cors-003.ts";
import docker001 from "./docker/docker-001.ts";
import docker002 from "./docker/docker-002.ts";
import docker003 from "./docker/docker-003.ts";
import docker004 from "./docker/docker-004.ts";
import docker005 from "./docker/docker-005.ts";
import docker006 from "./docker/docker-006.ts";
import docker007 from "./docker/docker-007.ts";
import docker008 from "./docker/docker-008.ts";
import health001 from "./health/health-001.ts";
import log001 from "./logging/log-001.ts";
import log004 from "./logging/log-004.ts";
import log005 from "./logging/log-005.ts";
import secret001 from "./secrets/sec-secret-001.ts";
import secret002 from "./secrets/sec-secret-002.ts";
import secret003 from "./secrets/sec-secret-003.ts";
import secret004 from "./secrets/sec-secret-004.ts";
import secret005 from "./secrets/sec-secret-005.ts";
import secret006 from "./secrets/sec-secret-006.ts";
import secret007 from "./secrets/sec-secret-007.ts";
import secret008 from "./secrets/sec-secret-008.ts";
import secret009 from "./secrets/sec-secret-009.ts";
import secret010 from "./secrets/sec-secret-010.ts";
import secret011 from "./secrets/sec-secret-011.ts";
import secret012 from "./secrets/sec-secret-012.ts";
import sec001 from "./security/sec-001.ts";
import sec002 from "./security/sec-002.ts";
import sec003 from "./security/sec-003.ts";
import sec004 from "./security/sec-004.ts";
import sec005 from "./security/sec-005.ts";
import sec006 from "./security/sec-006.ts";
import trace001 from "./trace/trace-001.ts";

/** Every rule, in the order of the specification's tables. */
export const RULES: readonly Rule[] = [
  sec001,
  sec002,
  sec003,
  sec004,
  sec005,
  sec006,
  cors001,
  cors002,
  cors003,
  log001,
  log004,
  log005,
  trace001,
  secret001,
  secret002,
  secret003,
  secret004,
  secret005,
  secret006,
  secret007,
  secret008,
  secret009,
  secret010,
  secret011,
  secret012,
  docker001,
  docker002,
  docker003,
  docker004,
  docker005,
  docker006,
  docker007,
  docker008,
  health001,
  adv001,
  adv002,
  adv003,
  adv004,
  adv005,
  adv006,
];
