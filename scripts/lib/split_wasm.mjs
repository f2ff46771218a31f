// Splits the wasm module in two: striate.wasm, which every visit downloads, and striate.more.wasm, which is fetched when
// something in it is first asked for. Both share one memory and one table; the second imports what the first exports.
//
// What goes into the second is told by the names of functions (`rooms` below). Its functions are reached through slots of
// the table that stay empty until it is there: whoever calls for it first sees to that (web/worker/second_module.ts).
// Each part comes in two: over a memory that threads share, as it was linked, and over one of its own. These differ in one
// bit. (Atomic instructions are allowed on either; only waiting is not, and one thread has nobody to wait for.)
// Uses Binaryen's wasm-split, which comes with Emscripten. The module must still have its names; both results lose them.
import fs from 'node:fs';
import path from 'node:path';
import { Problem, ask, run } from './steps.mjs';

/** Functions that only ONNX files, augmentation, views at test time, synthetic images, splits, the search for a rate and im2col need. */
const rooms = [
  /striate::augment::|striate::kernels::image::/,
  /onnx|striate::io::.*protobuf|striate::io::.*read_tensor/i,
  /striate::bindings::.*JsSession::(augment|dataset_augment|dataset_synthetic|read_policy|transforms|train_batch)\(/,
  /striate::bindings::.*JsSession::(dataset_split|im2col|predict_views|rate_begin|rate_end|rate_steps)\(/,
  /striate::session::Session::dataset_(synthetic|split)\(|striate::data::.*(make_synthetic|SyntheticImage|stratified_split)/,
  /striate::data::OnlineAugmentation::(make|apply)\(|striate::train::(TestTimeViews::(make|write)|merge_views)\(/,
  /striate::session::Session::(train_batch|im2col|predict_views|rate_begin|rate_end|rate_steps)\(|striate::session::.*predict_in_views\(/,
  /striate::train::LearningRateFinder::(begin|advance|step|suggest)\(|striate::introspect::Im2col::/,
  /striate::session::(value_of|json_of)\(|striate::session::.*policy_argument\(/,
];

/** What takes care of a member that is not there (a training without a policy): called without the second module, too. */
const caretakers = /^std::(?!.*(emplace_back|push_back|insert|vector\[|_sort|__inplace_merge))|::~|::operator=/;

const isOfSecond = (name) => rooms.some((room) => room.test(name)) && !caretakers.test(name);

/** The features that browsers with SIMD have; without them named, Binaryen keeps to the first version of WebAssembly. */
const features = [
  'threads',
  'simd',
  'relaxed-simd',
  'bulk-memory',
  'nontrapping-float-to-int',
  'sign-ext',
  'mutable-globals',
  'multivalue',
  'reference-types',
];

/** Reads a module's bytes one after the other. */
class Reader {
  at = 8;

  constructor(bytes) {
    this.bytes = bytes;
  }

  byte() {
    return this.bytes[this.at++];
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }

  /** Calls `each(id, end)` at the beginning of each section. */
  sections(each) {
    while (this.at < this.bytes.length) {
      const id = this.byte();
      const end = this.number() + this.at;
      each(id, end);
      this.at = end;
    }
  }
}

/** Of a module with a name section, the names of its functions. */
export function functionNames(bytes) {
  const reader = new Reader(bytes);
  const names = [];
  reader.sections((id, end) => {
    if (id !== 0 || reader.text() !== 'name') return;
    while (reader.at < end) {
      const ofFunctions = reader.byte() === 1;
      const endOfPart = reader.number() + reader.at;
      if (ofFunctions) {
        for (let left = reader.number(); left > 0; --left) {
          reader.number();
          names.push(reader.text());
        }
      }
      reader.at = endOfPart;
    }
  });
  return names;
}

/** The same module over a memory of its own: the bit of the memory that it imports, cleared. */
export function withOwnMemory(bytes) {
  const shared = 2;
  const changed = Uint8Array.from(bytes);
  const reader = new Reader(changed);
  const limits = () => {
    const flags = reader.byte();
    reader.number();
    if (flags & 1) reader.number();
  };
  const skip = [
    () => reader.number(), // a function: its type
    () => {
      reader.byte();
      limits(); // a table
    },
    () => {
      if (!(changed[reader.at] & shared)) throw new Problem('The module shares no memory already.');
      changed[reader.at] &= ~shared;
      limits();
    },
    () => {
      reader.byte();
      reader.byte(); // a global: its type, and whether it changes
    },
  ];
  let memories = 0;
  reader.sections((id) => {
    if (id !== 2) return;
    for (let left = reader.number(); left > 0; --left) {
      reader.text();
      reader.text();
      const kind = reader.byte();
      if (kind === 2) memories += 1;
      skip[kind]();
    }
  });
  if (memories !== 1) throw new Problem(`The module imports ${memories} memories, not one.`);
  return changed;
}

/** Writes `first` and `second`, over shared memory. `env` is that of the toolchain, `emscripten` its folder. */
export async function splitWasm(module, { first, second, emscripten, env }) {
  const names = functionNames(fs.readFileSync(module)).filter(isOfSecond);
  if (names.length === 0)
    throw new Problem(`${module} has no function of the second module.`, 'Was it linked with its names?');
  const list = path.join(path.dirname(module), 'second_module.txt');
  fs.writeFileSync(list, `${names.join('\n')}\n`);
  const root = (await ask(path.join(emscripten, 'em-config'), ['BINARYEN_ROOT'], { env })).trim();
  const program = async (name, args) =>
    run(path.join(root, 'bin', name), [...args, ...features.map((feature) => `--enable-${feature}`)], {
      env,
      log: name,
    });
  await program('wasm-split', [
    module,
    '--no-placeholders',
    '--export-prefix=%',
    `--split-funcs=@${list}`,
    '-o1',
    first,
    '-o2',
    second,
  ]);
  // Within one module a function may stand for its doubles.
  for (const part of [first, second]) await program('wasm-opt', [part, '--duplicate-function-elimination', '-o', part]);
}
