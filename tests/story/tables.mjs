// Writes the tables of a README from the curves, between the marks `<!-- name -->` and `<!-- end -->`.
import fs from 'node:fs';
import path from 'node:path';

const read = (file) => {
  const [columns, ...rows] = fs
    .readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return { columns, rows };
};

const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const percent = (share) => `${(Number(share) * 100).toFixed(1)}%`;

/** What a network had reached at its last epoch, and how far it was after a quarter of them. */
function depthTable(curves, names) {
  const rows = names.flatMap((name) => {
    const file = path.join(curves, `${name}.csv`);
    if (!fs.existsSync(file)) return [];
    const { rows } = read(file);
    const [epoch, loss, , , heldOut] = rows.at(-1);
    const [, early] = rows[Math.max(0, Math.floor(rows.length / 4) - 1)];
    return [[name, epoch, early, loss, percent(heldOut)]];
  });
  return table(['network', 'epochs', 'loss after a quarter', 'training loss at the end', 'held out'], rows);
}

function shiftTable(curves) {
  const file = path.join(curves, 'shift.csv');
  if (!fs.existsSync(file)) return '';
  const { columns, rows } = read(file);
  const head = ['network', ...columns.slice(1).map((pixels) => (pixels === '0' ? 'centred' : `moved ${pixels} px`))];
  return table(
    head,
    rows.map(([name, ...accuracies]) => [name, ...accuracies.map(percent)]),
  );
}

function viewsTable(curves) {
  const file = path.join(curves, 'views.csv');
  if (!fs.existsSync(file)) return '';
  const { rows } = read(file);
  const change = (share, alone) =>
    share ? `${percent(share)} (${share < alone ? '−' : '+'}${(Math.abs(share - alone) * 100).toFixed(1)})` : '–';
  return table(
    ['network', 'trained on', 'tested on', 'one look', 'mirrored: 2', 'shifted: 5', 'both: 10'],
    rows.map(([name, train, test, alone, ...sets]) => [
      name,
      train,
      test,
      percent(alone),
      ...sets.map((share) => change(share, alone)),
    ]),
  );
}

export function writeTables(curves, readme) {
  let text = fs.readFileSync(readme, 'utf8');
  const depths = ['plain20', 'plain56', 'resnet20', 'resnet56'];
  const papers = [...depths.map((name) => `${name}-paper`), 'resnet20-augmented'];
  const tables = {
    depth: () => depthTable(curves, depths),
    paper: () => depthTable(curves, papers),
    shift: () => shiftTable(curves),
    views: () => viewsTable(curves),
  };
  for (const [name, make] of Object.entries(tables)) {
    const mark = `<!-- ${name} -->`;
    const from = text.indexOf(mark) + mark.length;
    const to = text.indexOf('<!-- end -->', from);
    text = `${text.slice(0, from)}\n\n${make()}\n\n${text.slice(to)}`;
  }
  fs.writeFileSync(readme, text);
}
