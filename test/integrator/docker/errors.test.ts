import { expect, test } from "vitest";
import { buildFailure, engineError, machineFault } from "../../../src/integrator/runtimes/docker-errors.ts";

const address = { host: "unix:///var/run/docker.sock", certificates: "", from: "context default" };

test("an engine that lets nobody in is told apart from one that is not there", () => {
  const refused = engineError("connect EACCES /var/run/docker.sock", address);
  expect(refused.message).toContain("does not let this user in");
  expect(refused.remedy).toContain("usermod -aG docker");
  const absent = engineError("connect ENOENT /var/run/docker.sock", address);
  expect(absent.message).toBe(
    "No Docker engine answers at unix:///var/run/docker.sock (context default): connect ENOENT /var/run/docker.sock.",
  );
});

// As Compose 1.29, Compose v2 and the engine word them.
test.each([
  ["driver failed programming external connectivity: Bind for 127.0.0.1:80 failed: port is already allocated", "port"],
  ["listen tcp4 0.0.0.0:8080: bind: address already in use", "port"],
  ["write /var/lib/docker/tmp/x: no space left on device", "disk space"],
  ['Get "https://registry/v2/": dial tcp: lookup registry: no such host', "registry was not reached"],
  ["toomanyrequests: You have reached your pull rate limit", "registry was not reached"],
  ["could not find an available, non-overlapping IPv4 address pool", "network address"],
  ["Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", "stopped answering"],
])("the machine's fault: %s", (output, words) => {
  const fault = machineFault(`Building tasks\n${output}\n`);
  expect(fault).toMatchObject({ code: "ENVIRONMENT", retryable: true });
  expect(fault?.message).toContain(words);
  expect(fault?.message).toContain(output);
  expect(fault?.remedy).not.toBe("");
});

test.each([
  ["npm ERR! missing script: build", ""],
  [
    "pull access denied for nobody/has-this, repository does not exist or may require 'docker login'",
    "nobody/has-this",
  ],
  ["manifest for node:99-none not found: manifest unknown", "node:99-none"],
])("the service's fault: %s", (output, image) => {
  expect(machineFault(output)).toBeUndefined();
  expect(buildFailure("tasks", output)).toContain(
    image === "" ? "could not be built. Last" : `its base image ${image} is not there`,
  );
});
