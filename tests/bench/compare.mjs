// A baseline in a file, and rows held against it.
import fs from 'node:fs';
import { wordsOf } from './workloads.mjs';

const keyOf = (row) => wordsOf(row).join(' ');

/** The rows, sorted as measured; a row measured again replaces the one that is there, others stay. */
export function saveRows(file, rows) {
  const old = fs.existsSync(file) ? readRows(file) : [];
  const fresh = new Set(rows.map(keyOf));
  const all = [...old.filter((row) => !fresh.has(keyOf(row))), ...rows];
  fs.writeFileSync(file, `${all.map((row) => JSON.stringify(row)).join('\n')}\n`);
  return all.length;
}

export function readRows(file) {
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      let row;
      try {
        row = JSON.parse(line);
      } catch {
        // Said below.
      }
      if (typeof row?.workload !== 'string' || !(row.images_per_s_median > 0) || !(row.share_of_peak > 0))
        throw new Error(`${file}, line ${index + 1}: this is no row of the bench`);
      return row;
    });
}

/**
 * One { key, rate, share, fallen } a row: its rate and its share of the peak, now over then. A row has fallen when both
 * are below 1 − tolerance: the rate alone falls on a busy machine, the share alone when the peak was measured in a
 * better moment. Rows that the baseline lacks have `rate` null.
 */
export function compareRows(baseline, rows, tolerance) {
  const then = new Map(baseline.map((row) => [keyOf(row), row]));
  return rows.map((row) => {
    const old = then.get(keyOf(row));
    if (!old) return { key: keyOf(row), rate: null, share: null, fallen: false };
    const rate = row.images_per_s_median / old.images_per_s_median;
    const share = row.share_of_peak / old.share_of_peak;
    return { key: keyOf(row), rate, share, fallen: Math.max(rate, share) < 1 - tolerance };
  });
}

export function describeComparison({ key, rate, share, fallen }) {
  if (rate === null) return `  ${key.padEnd(50)} not in the baseline`;
  const times = (ratio) => `×${ratio.toFixed(3)}`;
  return `${fallen ? '✗' : '✓'} ${key.padEnd(50)} rate ${times(rate)}   share of peak ${times(share)}`;
}
