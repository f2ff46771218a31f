// Splits the wasm module in two: striate.wasm, which every visit downloads, and striate.more.wasm, which is fetched when
// something in it is first asked for. Both share one memory and one table; the second imports what the first exports.
//
// What goes into the second is told by the names of functions (`rooms` below). Its functions are reached through slots of
// the table that stay empty until it is there: whoever calls for it first sees to that (web/worker/second_module.ts).
// Uses Binaryen's wasm-split, which comes with Emscripten. The module must still have its names; both results lose them.
import fs from 'node:fs';
import path from 'node:path';
import { Problem, ask, run } from './steps.mjs';

/** Functions that only ONNX files, augmentation, views at test time, synthetic images, the search for a rate and im2col need. */
const rooms = [
  /striate::augment::|striate::kernels::image::/,
  /onnx|striate::io::.*protobuf|striate::io::.*read_tensor/i,
  /striate::bindings::.*JsSession::(augment|dataset_augment|dataset_synthetic|read_policy|transforms|train_batch)\(/,
  /striate::bindings::.*JsSession::(im2col|rate_begin|rate_end|rate_steps)\(/,
  /striate::session::Session::dataset_synthetic\(|striate::data::.*(make_synthetic|SyntheticImage)/,
  /striate::data::OnlineAugmentation::(make|apply)\(|striate::train::(TestTimeViews::(make|write)|merge_views)\(/,
  /striate::session::Session::(train_batch|im2col|rate_begin|rate_end|rate_steps)\(/,
  /striate::train::LearningRateFinder::(begin|advance|step|suggest)\(|striate::introspect::Im2col::/,
  /striate::session::(value_of|json_of)\(|striate::session::.*policy_argument\(/,
];

/** What takes care of a member that is not there (a training without a policy): called without the second module, too. */
const caretakers = /^std::(?!.*(emplace_back|push_back|insert|vector\[))|::~|::operator=/;

const isOfSecond = (name) => rooms.some((room) => room.test(name)) && !caretakers.test(name);

/** The features that browsers with SIMD have; without them named, Binaryen keeps to the first version of WebAssembly. */
const features = [
  'simd',
  'relaxed-simd',
  'bulk-memory',
  'nontrapping-float-to-int',
  'sign-ext',
  'mutable-globals',
  'multivalue',
  'reference-types',
];

/** Of a module with a name section, the names of its functions. */
export function functionNames(bytes) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const text = () => {
    const length = number();
    at += length;
    return new TextDecoder().decode(bytes.subarray(at - length, at));
  };
  const names = [];
  while (at < bytes.length) {
    const custom = bytes[at++] === 0;
    const end = number() + at;
    if (custom && text() === 'name') {
      while (at < end) {
        const ofFunctions = bytes[at++] === 1;
        const endOfPart = number() + at;
        if (ofFunctions) {
          for (let left = number(); left > 0; --left) {
            number();
            names.push(text());
          }
        }
        at = endOfPart;
      }
    }
    at = end;
  }
  return names;
}

/** Writes `first` and `second`. `env` is that of the toolchain, `emscripten` its folder. */
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
