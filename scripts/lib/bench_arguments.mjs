// The command line of `npm run bench`: words that choose rows, and options. Unknown options end with a Problem.
import { Problem } from './steps.mjs';

export const runtimes = ['native', 'node', 'chromium'];
/** How far a row may fall below its baseline: so much is noise on a machine that others use too. */
export const defaultTolerance = 0.15;

const layerModes = ['forward', 'dinput', 'dweight'];
const usage =
  'npm run bench -- [words] [--profile] [--save FILE] [--compare FILE] [--tolerance SHARE] [--quick]; see tests/bench/README.md.';

/**
 * { words, profile, quick, save, compare, tolerance }. `words` are without the runtimes, which `runtimes` holds: all
 * three when none is named, none when several are, since a row has but one.
 */
export function parseBenchArguments(args) {
  const options = { words: [], profile: false, quick: false, save: null, compare: null, tolerance: defaultTolerance };
  const named = [];
  for (let i = 0; i < args.length; i += 1) {
    const [name, inline] = /^--[^=]+=/.test(args[i]) ? args[i].split(/=(.*)/s) : [args[i]];
    const value = () => {
      const given = inline ?? args[(i += 1)];
      if (!given || given.startsWith('--')) throw new Problem(`${name} wants a value.`, usage);
      return given;
    };
    if (name === '--profile') options.profile = true;
    else if (name === '--quick') options.quick = true;
    else if (name === '--save') options.save = value();
    else if (name === '--compare') options.compare = value();
    else if (name === '--tolerance') {
      const text = value();
      options.tolerance = Number(text);
      if (!(options.tolerance >= 0 && options.tolerance < 1))
        throw new Problem(`--tolerance ${text} is no share.`, 'It is a number from 0 to less than 1, such as 0.15.');
    } else if (name.startsWith('-')) throw new Problem(`The bench has no option ${name}.`, usage);
    else if (runtimes.includes(name)) named.push(name);
    else options.words.push(name);
  }
  if (options.profile && (options.save || options.compare))
    throw new Problem('A profile is a table, not rows: it is neither saved nor compared.', usage);
  const distinct = new Set(named);
  options.runtimes = distinct.size === 0 ? runtimes : distinct.size === 1 ? [...distinct] : [];
  return options;
}

/**
 * Whether the words ask for rows that the engine's own bench measures: layers alone, augmented trainings, convolutions
 * that the shipped module would not choose.
 */
export const wantsEngine = (words) =>
  words.some(
    (word) => ['layers', 'linear', 'gemm', 'augmented', 'direct', ...layerModes].includes(word) || word.includes('/'),
  );

/** The WebAssembly program that measures such rows: of plain SIMD, or of relaxed where that is named. */
export const benchProgram = (words) => `striate_bench_${words.includes('relaxed-simd') ? 'relaxed' : 'simd'}`;
