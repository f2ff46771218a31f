// How scripts show that they are working: one line a step, elapsed seconds while it lasts,
// the tail of the log only when it fails.
import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { logs, root } from './paths.mjs';

let out = process.stdout;
let tty = out.isTTY === true;
const print = (text) => out.write(`${text}\n`);

/** For commands whose stdout is for another program. */
export function progressToStderr() {
  out = process.stderr;
  tty = out.isTTY === true;
}

const seconds = (since) => ((Date.now() - since) / 1000).toFixed(1) + ' s';

/** The steps now running, one within another or side by side: the last is shown. */
const running = [];
/** The step that a command belongs to, so that its output can be shown as its detail. */
const around = new AsyncLocalStorage();

function clearLine() {
  if (tty) out.write('\r\x1b[2K');
}

function drawLine() {
  const width = (out.columns ?? 80) - 1;
  const { name, since, detail } = running.at(-1);
  const line = `  … ${name}  ${seconds(since)}${detail ? `  ${detail}` : ''}`;
  if (tty) out.write(`\r\x1b[2K${line.slice(0, width)}`);
  else print(line.slice(0, 160));
}

/** A line of progress that is no step. */
export const note = (text) => print(`  ${text}`);

/** Runs `work` as a named step: prints elapsed time while it lasts and one closing line. */
export async function step(name, work) {
  const mine = { name, since: Date.now(), detail: '' };
  running.push(mine);
  // A step that ends at once stays silent until its closing line.
  const timer = setInterval(
    () => {
      if (running.at(-1) === mine) drawLine();
    },
    tty ? 1000 : 15000,
  );
  try {
    const result = await around.run(mine, () =>
      work((detail) => {
        mine.detail = detail;
      }),
    );
    clearLine();
    print(`  ✓ ${name}  ${seconds(mine.since)}${typeof result === 'string' ? `  (${result})` : ''}`);
    return result;
  } catch (error) {
    clearLine();
    print(`  ✗ ${name}  ${seconds(mine.since)}`);
    throw error;
  } finally {
    clearInterval(timer);
    running.splice(running.indexOf(mine), 1);
  }
}

/** A failure a person can act on: printed without a stack. */
export class Problem extends Error {
  constructor(message, hint) {
    super(message);
    this.name = 'Problem';
    this.hint = hint;
  }
}

/** Runs a script's main function; a Problem is printed plainly, anything else with its stack. */
export async function main(work) {
  try {
    process.exitCode = (await work(process.argv.slice(2))) ?? process.exitCode ?? 0;
  } catch (error) {
    if (error instanceof Problem) {
      console.error(`\n${error.message}`);
      if (error.hint) console.error(`\n${error.hint}`);
    } else {
      console.error(error);
    }
    process.exitCode = 1;
  }
}

/** What a person needs of a failed command's output: from the first error on when it names one, else the end. */
function tellingPart(text, lines = 60) {
  const all = text.trimEnd().split('\n');
  const first = all.findIndex((line) => /\berror\b|undefined reference|^FAILED:/i.test(line));
  if (first < 0 || all.length - first <= lines) return all.slice(-lines).join('\n');
  return [...all.slice(first, first + lines), `… ${all.length - first - lines} more lines`].join('\n');
}

/**
 * Runs a command to its end.
 * Output goes to build/logs/<log>.log; on failure its tail is in the Problem's message.
 * With `inherit`, output goes straight to the terminal. With `allowFailure`, never throws.
 */
export function run(command, args, options = {}) {
  const { cwd = root, env = process.env, log, inherit = false, allowFailure = false, onLine, timeout } = options;
  const current = around.getStore();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      timeout,
      stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let partial = '';
    const take = (chunk) => {
      output += chunk;
      partial += chunk;
      const lines = partial.split('\n');
      partial = lines.pop();
      for (const line of lines) {
        onLine?.(line);
        // Ninja's and make's own progress marks are the most telling detail there is.
        const mark = /^\[\s*(\d+(?:\/\d+|%))\]/.exec(line);
        if (mark && current) current.detail = mark[1];
      }
    };
    if (!inherit) {
      child.stdout.setEncoding('utf8').on('data', take);
      child.stderr.setEncoding('utf8').on('data', take);
    }
    const finish = (code, error) => {
      if (log) {
        fs.mkdirSync(logs, { recursive: true });
        fs.writeFileSync(path.join(logs, `${log}.log`), `$ ${command} ${args.join(' ')}\n${output}`);
      }
      const result = { code, output, error };
      if (code === 0 || allowFailure) return resolve(result);
      const why = error ? error.message : `exit code ${code}`;
      reject(new Problem(`${path.basename(command)} ${args.join(' ')}\nfailed: ${why}\n${tellingPart(output)}`));
    };
    child.on('error', (error) => finish(-1, error));
    child.on('close', (code, signal) =>
      finish(code ?? -1, code === null ? new Error(`ended by ${signal}`) : undefined),
    );
  });
}

/** The output of a command, or undefined when it is absent or fails. */
export async function ask(command, args, options = {}) {
  const { code, output } = await run(command, args, { ...options, allowFailure: true });
  return code === 0 ? output.trim() : undefined;
}
