import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** A JavaScript file that this Node runs in a process of its own. */
export interface Program {
  /** The file and its arguments. */
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What it is to print, letter by letter, or what says whether it is that; and nothing on its standard error. */
  readonly stdout: string | ((printed: string) => boolean);
}

/** Runs a program and gives the milliseconds until it has ended. Throws when it fails or prints anything else. */
export function wallMs(program: Program): number {
  const start = process.hrtime.bigint();
  const stderr = run(process.execPath, program.args, program);
  const end = process.hrtime.bigint();
  if (stderr !== "") throw new Error(`${program.args.join(" ")} wrote to its standard error:\n${stderr}`);
  return Number(end - start) / 1e6;
}

/** Whether {@link cpuMs} works here: on Linux with Perl, which Debian always has. */
export const canMeasureCpu: boolean = getrusage() !== undefined && existsSync("/usr/bin/perl");

/**
 * Runs a program and gives the milliseconds of processor time, user and system, that all its threads took. Throws when
 * the program fails or prints anything else.
 */
export function cpuMs(program: Program): number {
  const args = ["-e", perl, String(getrusage()), process.execPath, ...program.args];
  const stderr = run("/usr/bin/perl", args, program);
  if (!/^\d+\n$/.test(stderr)) throw new Error(`${program.args.join(" ")} wrote to its standard error:\n${stderr}`);
  return Number(stderr) / 1e3;
}

/** Node does not tell what its children took, and shells tell it in milliseconds at best: too coarse for some forty. */
const perl = `
  my $getrusage = shift;
  system { $ARGV[0] } @ARGV;
  exit 1 if $?;
  my $usage = "\\0" x 144;
  syscall($getrusage, -1, $usage) == 0 or die "getrusage: $!";
  my ($userSeconds, $userMicros, $systemSeconds, $systemMicros) = unpack "q4", $usage;
  print STDERR (($userSeconds + $systemSeconds) * 1e6 + $userMicros + $systemMicros), "\\n";`;

/** The number of the system call, which Perl wants. */
function getrusage(): number | undefined {
  if (process.platform !== "linux") return undefined;
  if (process.arch === "x64") return 98;
  return process.arch === "arm64" ? 165 : undefined;
}

/** Gives what it wrote to its standard error. */
function run(command: string, args: readonly string[], { env, stdout: expected }: Program): string {
  const result = spawnSync(command, args, {
    env,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    timeout: 60_000,
  });
  const { error, status, signal, stdout, stderr } = result;
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status ?? signal ?? "nothing"}:\n${stderr}`);
  const isExpected = typeof expected === "string" ? stdout === expected : expected(stdout);
  if (!isExpected) throw new Error(`${args.join(" ")} printed ${JSON.stringify(stdout)}`);
  return stderr;
}
