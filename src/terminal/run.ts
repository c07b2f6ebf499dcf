import { type Command, CommanderError } from "commander";
import { AppError, ERROR_CODES, toAppError } from "../lib/errors.ts";
import { interrupted } from "../lib/operation.ts";
import { canRedraw, hasColors, type TerminalIo } from "./io.ts";
import { cut, oneLine, paint, printable, printableInColor } from "./text.ts";

/** What a command ends with. */
export interface Answer {
  /** Printed with --json, as one line. */
  data: unknown;
  /** Printed without; "" prints nothing. */
  text: string;
  /** Exit status; 0 when left out. */
  exit?: number;
}

/** What running work may use. */
export interface Run {
  /** Aborted on SIGINT, SIGTERM, SIGHUP. */
  signal: AbortSignal;
  /** Shown on standard error while it runs, on a terminal or with --verbose. */
  progress(message: string, done: number, total: number): void;
}

export interface PrintOptions {
  json: boolean;
  verbose: boolean;
}

/** Do a command's work, print its answer or its error, and set the exit status. Never throws. */
export async function runAndPrint(
  io: TerminalIo,
  name: string,
  options: PrintOptions,
  work: (run: Run) => Promise<Answer>,
): Promise<void> {
  const stopper = new AbortController();
  const quiet = io.onStop((signal) => {
    io.stderr.write(`${signal}: stopping; once more ends it at once.\n`);
    stopper.abort();
  });
  const line = progressLine(io, options);
  try {
    const { data, text, exit = 0 } = await work({ signal: stopper.signal, progress: line.show });
    line.clear();
    if (options.json) io.stdout.write(`${JSON.stringify(data)}\n`);
    else if (text !== "") io.stdout.write(`${(hasColors(io.stdout, io.env) ? printableInColor : printable)(text)}\n`);
    io.exit(exit);
  } catch (thrown) {
    line.clear();
    const stopped = stopper.signal.aborted && !(thrown instanceof AppError);
    printError(io, stopped ? interrupted(name, thrown) : toAppError(thrown), options);
  } finally {
    quiet();
  }
}

/** One line that is redrawn on a terminal; whole lines with --verbose elsewhere. */
function progressLine({ stderr, env }: TerminalIo, { verbose }: PrintOptions) {
  const redraw = canRedraw(stderr, env);
  let last = "";
  return {
    show: (message: string, done: number, total: number) => {
      const text = `${oneLine(message)}${total > 0 ? ` (${done}/${total})` : ""}`;
      if (text === last) return;
      if (redraw) stderr.write(`\r${cut(text, (stderr.columns ?? 80) - 1)}\u001b[K`);
      else if (verbose) stderr.write(`${text}\n`);
      last = text;
    },
    clear: () => {
      if (redraw && last !== "") stderr.write("\r\u001b[K");
    },
  };
}

/** Print an error with its remedy on standard error, or with --json as a document on standard output, and set the exit status. */
export function printError(io: TerminalIo, error: AppError, { json, verbose }: PrintOptions): void {
  const { code, message, remedy, details } = error;
  io.exit(ERROR_CODES[code].exit);
  if (json) {
    const extra = Object.keys(details).length > 0 ? { details } : {};
    io.stdout.write(`${JSON.stringify({ error: { code, message, remedy, ...extra } })}\n`);
    return;
  }
  const colors = hasColors(io.stderr, io.env);
  io.stderr.write(`${paint("red", `error ${code}:`, colors)} ${printable(message)}\n→ ${printable(remedy)}\n`);
  if (verbose && Object.keys(details).length > 0)
    io.stderr.write(`${printable(JSON.stringify(details, null, 2) ?? "")}\n`);
  const stack = error.cause instanceof Error ? error.cause.stack : error.stack;
  if (verbose && code === "INTERNAL" && stack) io.stderr.write(`${printable(stack)}\n`);
}

/**
 * Parse the command line and run its command. What commander finds wrong is printed as INVALID_INPUT (exit 2), like
 * any other error; help and version exit 0. `args` are without the interpreter and the script.
 */
export async function runProgram(program: Command, args: readonly string[], io: TerminalIo): Promise<void> {
  overrideExit(program, io);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (thrown) {
    const options = { json: args.includes("--json"), verbose: args.includes("--verbose") || args.includes("-v") };
    if (!(thrown instanceof CommanderError)) return printError(io, toAppError(thrown), options);
    if (thrown.exitCode === 0) return io.exit(0);
    // Help was asked for by giving no command: it is printed already.
    if (thrown.code === "commander.help") return io.exit(ERROR_CODES.INVALID_INPUT.exit);
    const message = oneLine(thrown.message.replace(/^error: /, "")).replace(/\.?$/, ".");
    const remedy = `Run ${commandLine(program, args)} --help to see what it takes.`;
    printError(io, new AppError("INVALID_INPUT", message, { remedy }), options);
  }
}

function overrideExit(command: Command, io: TerminalIo): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
    outputError: () => {},
    getOutHelpWidth: () => io.stdout.columns || 80,
    getOutHasColors: () => hasColors(io.stdout, io.env),
    getErrHasColors: () => hasColors(io.stderr, io.env),
  });
  for (const child of command.commands) overrideExit(child, io);
}

/** The program's name with the commands that `args` name. */
function commandLine(program: Command, args: readonly string[]): string {
  let command = program;
  const names = [program.name()];
  for (const word of args) {
    const next = command.commands.find((child) => child.name() === word || child.aliases().includes(word));
    if (!next) continue;
    names.push(next.name());
    command = next;
  }
  return names.join(" ");
}
