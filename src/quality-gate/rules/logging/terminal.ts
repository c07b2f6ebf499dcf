import type { SourceFile } from "../../../source/source-file.ts";

/** Programs for the terminal: what they print is their result. */
const TERMINAL = {
  python:
    /^#!|^[ \t]*(?:import|from)[ \t]+(argparse|optparse|getopt|click|typer|fire|cmd|rich|docopt|absl|plac|cleo|cyclopts|textual|prompt_toolkit|questionary|curses)\b|\bsys\.argv\b|\bgetpass\.getpass\(|(^|[^\w.])input\(/m,
  go: /\bos\.Args\b|\bflag\.(Parse|String|Int|Bool|Args|Arg|NewFlagSet)\w*\(|"github\.com\/(spf13\/(cobra|pflag)|urfave\/cli(\/v\d)?|alecthomas\/kong|alecthomas\/kingpin(\/v\d)?|jessevdk\/go-flags)"/,
  java: /\bimport (picocli|org\.apache\.commons\.cli|com\.beust\.jcommander|org\.springframework\.shell)\b/,
};

/** Code that answers requests, takes messages or runs on a clock. */
export const SERVES = {
  python:
    /^[ \t]*(?:import|from)[ \t]+(fastapi|flask|django|rest_framework|starlette|quart|sanic|aiohttp|tornado|bottle|falcon|litestar|uvicorn|gunicorn|hypercorn|waitress|http\.server|socketserver|grpc|celery|kombu|dramatiq|rq|arq|huey|pika|aio_pika|kafka|aiokafka|confluent_kafka|nats|paho|zmq|faststream|apscheduler|schedule|websockets|socketio|connexion|strawberry|ariadne|nameko)\b|\bwhile (True|1)\b|serve_forever|start_server|\.listen\(|@(app|router|bp|api|blueprint|\w{1,40}_bp|celery)\.\w+|@shared_task|run_forever/m,
  go: /"net\/http"|"google\.golang\.org\/grpc"|gin-gonic|labstack\/echo|go-chi|gofiber|gorilla\/mux|\bnet\.Listen\(|sarama|kafka-go|amqp|nats\.go|\bfor \{/,
  java: /SpringApplication|HttpServer|ServerSocket|@(RestController|Controller|Path|Service|Component)\b/,
};

/** Whether a file is a program of its own that somebody runs at a terminal, by what it says itself. */
export function isTerminalProgram({ language, text }: SourceFile): boolean {
  if (language !== "python" && language !== "go" && language !== "java") return false;
  if (language === "go" && !/^package main\b/m.test(text)) return false;
  return TERMINAL[language].test(text) && !SERVES[language].test(text);
}
