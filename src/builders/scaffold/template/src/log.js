const LEVELS = ["debug", "info", "warn", "error"];

/** A logger that writes one JSON object a line to standard output. */
export function createLog({ name, logLevel }, write = (line) => process.stdout.write(line)) {
  const threshold = Math.max(0, LEVELS.indexOf(logLevel));
  const at = (level) => (msg, fields) => {
    if (LEVELS.indexOf(level) < threshold) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, service: name, msg, ...fields })}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
