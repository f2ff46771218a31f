// Route 4: packages of Debian's testing suite unpacked into the toolchain folder.
// No root, nothing of the system touched: a private apt state, `dpkg-deb -x`, and patchelf so
// that the programs use the newer libc that comes with them.
import fs from 'node:fs';
import path from 'node:path';
import { Problem, ask, run, step } from './steps.mjs';

const suite = 'forky';
const keyrings = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/** What the unpacked programs need of the packages that apt names; the rest the system has or nobody uses. */
const neededForEmscripten = [
  /^emscripten$/,
  /^binaryen$/,
  /^node-acorn$/,
  /^patchelf$/,
  /^ninja-build$/,
  /^clang-\d+$/,
  /^lld-\d+$/,
  /^llvm-\d+(-linker-tools)?$/,
  /^libclang-common-\d+-dev$/,
  /^libclang-cpp\d+/,
  /^libllvm\d+/,
  /^libc6$/,
  /^libstdc\+\+6$/,
  /^libgcc-s1$/,
  /^zlib1g$/,
  /^libzstd1$/,
  /^libxml2(-\d+)?$/,
  /^libz3-/,
  /^libedit2$/,
  /^libbsd0$/,
  /^libmd0$/,
  /^libtinfo6$/,
  /^libffi\d+$/,
  /^liblzma5$/,
];
const headerPackages = ['libxsimd-dev', 'doctest-dev', 'libcli11-dev'];
const headerFolders = ['xsimd', 'doctest', 'CLI'];

/** The Debian mirrors that the system itself uses, from its own apt sources. */
function mirrorsOfTheSystem() {
  const mirrors = [];
  const take = (uri) => {
    const clean = uri.replace(/\/+$/, '');
    if (/^(https?|file|mirror\+\w+|copy):/.test(uri) && !/security/.test(uri) && !mirrors.includes(clean))
      mirrors.push(clean);
  };
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : []),
  ];
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  for (const file of files.filter((name) => fs.existsSync(name))) {
    const text = fs.readFileSync(file, 'utf8');
    if (file.endsWith('.sources')) {
      for (const stanza of text.split(/\n\s*\n/)) {
        const field = (name) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'mi').exec(stanza)?.[1] ?? '';
        if (!field('Suites').split(/\s+/).includes(codename) || /^no$/i.test(field('Enabled').trim())) continue;
        if (!field('Components').split(/\s+/).includes('main')) continue;
        field('URIs').split(/\s+/).filter(Boolean).forEach(take);
      }
    } else if (file.endsWith('.list')) {
      for (const line of text.split('\n')) {
        const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line);
        if (match && match[2] === codename && /\bmain\b/.test(match[3])) take(match[1]);
      }
    }
  }
  return mirrors;
}

/** A private apt state: own lists, own cache, an empty list of installed packages. */
function makeAptState(folder, mirror, keyring) {
  const state = path.join(folder, 'apt');
  for (const name of ['lists/partial', 'cache/archives/partial', 'log', 'empty']) {
    fs.mkdirSync(path.join(state, name), { recursive: true });
  }
  fs.writeFileSync(path.join(state, 'status'), '');
  fs.writeFileSync(path.join(state, 'sources.list'), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
  const options = {
    'Dir::State': state,
    'Dir::State::lists': path.join(state, 'lists'),
    'Dir::State::status': path.join(state, 'status'),
    'Dir::Cache': path.join(state, 'cache'),
    'Dir::Log': path.join(state, 'log'),
    'Dir::Etc::sourcelist': path.join(state, 'sources.list'),
    'Dir::Etc::sourceparts': path.join(state, 'empty'),
    'Dir::Etc::preferences': path.join(state, 'empty', 'preferences'),
    'Dir::Etc::preferencesparts': path.join(state, 'empty'),
    // The sandbox user can't write into a home folder.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '15',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'Debug::NoLocking': 'true',
  };
  const flags = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  return { state, flags, downloads: path.join(state, 'downloads') };
}

/** The packages that installing `names` would bring, by name. */
async function closure(apt, names, env) {
  const { output } = await run(
    'apt-get',
    [...apt.flags, 'install', '-y', '--no-install-recommends', '--print-uris', ...names],
    { env },
  );
  const found = [];
  for (const line of output.split('\n')) {
    const match = /^'[^']+'\s+([^_\s]+)_\S+\.deb\s+(\d+)/.exec(line);
    if (match) found.push({ name: match[1], bytes: Number(match[2]) });
  }
  return found;
}

async function downloadAndUnpack(apt, packages, prefix, env, detail) {
  fs.mkdirSync(apt.downloads, { recursive: true });
  const total = packages.reduce((sum, one) => sum + one.bytes, 0);
  const size = () =>
    fs
      .readdirSync(apt.downloads)
      .reduce(
        (sum, name) => sum + (fs.statSync(path.join(apt.downloads, name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
  const timer = setInterval(() => detail(`${(size() / 1e6).toFixed(0)} of ${(total / 1e6).toFixed(0)} MB`), 1000);
  try {
    await run('apt-get', [...apt.flags, 'download', ...packages.map((one) => one.name)], {
      cwd: apt.downloads,
      env,
      log: 'apt-download',
    });
  } finally {
    clearInterval(timer);
  }
  for (const file of fs.readdirSync(apt.downloads).filter((name) => name.endsWith('.deb'))) {
    detail(`unpacking ${file.split('_')[0]}`);
    await run('dpkg-deb', ['-x', path.join(apt.downloads, file), prefix]);
    fs.rmSync(path.join(apt.downloads, file));
  }
}

const isElf = (file) => {
  const handle = fs.openSync(file, 'r');
  try {
    const head = Buffer.alloc(4);
    return fs.readSync(handle, head, 0, 4, 0) === 4 && head.equals(Buffer.from('\x7fELF', 'latin1'));
  } finally {
    fs.closeSync(handle);
  }
};
const realFiles = (folder, test = () => true) =>
  (fs.existsSync(folder) ? fs.readdirSync(folder) : [])
    .filter(test)
    .map((name) => path.join(folder, name))
    .filter((file) => fs.lstatSync(file).isFile() && isElf(file));

/** Points every unpacked program at the unpacked loader and libraries. */
async function relink(prefix, triplet, llvm) {
  const libraries = path.join(prefix, 'usr/lib', triplet);
  const loader = path.join(
    libraries,
    fs.readdirSync(libraries).find((name) => /^ld-linux.*\.so\.\d+$/.test(name)) ?? '',
  );
  const rpath = `${libraries}:${path.join(llvm, 'lib')}`;
  // patchelf itself is too new for the system's libc as well: it runs through the unpacked loader.
  const patchelf = (args, file) =>
    run(loader, ['--library-path', rpath, path.join(prefix, 'usr/bin/patchelf'), ...args, file]);
  const programs = [
    ...realFiles(path.join(llvm, 'bin')),
    ...realFiles(path.join(prefix, 'usr/bin'), (name) => /^(wasm|ninja$)/.test(name)),
  ];
  for (const file of programs) {
    fs.chmodSync(file, 0o755);
    await patchelf(['--set-interpreter', loader, '--force-rpath', '--set-rpath', rpath], file);
  }
  // These carry a RUNPATH of their own, which hides the program's.
  const own = [
    ...realFiles(libraries, (name) => /^lib(LLVM|clang|lld|binaryen)/.test(name)),
    ...realFiles(path.join(llvm, 'lib'), (name) => /\.so/.test(name)),
  ];
  for (const file of own) await patchelf(['--force-rpath', '--set-rpath', rpath], file);
}

async function works(prefix, llvm, env) {
  const programs = [
    path.join(llvm, 'bin/clang'),
    path.join(llvm, 'bin/wasm-ld'),
    path.join(llvm, 'bin/llvm-ar'),
    path.join(prefix, 'usr/bin/wasm-opt'),
  ];
  for (const program of programs) {
    if ((await ask(program, ['--version'], { env })) === undefined) return false;
  }
  return true;
}

export async function makeFromDebian({ folder, part, env }) {
  if (process.platform !== 'linux') return undefined;
  if (!(await ask('apt-get', ['--version'])) || !(await ask('dpkg-deb', ['--version']))) {
    throw new Error('this machine has no apt and dpkg');
  }
  const keyring = keyrings.find((file) => fs.existsSync(file));
  if (!keyring) throw new Error('the Debian archive keyring is not installed (package debian-archive-keyring)');
  const mirrors = mirrorsOfTheSystem();
  if (mirrors.length === 0) throw new Error("the system's apt sources name no Debian mirror");

  let apt;
  await step(`reading the package lists of Debian ${suite}`, async () => {
    const reasons = [];
    for (const mirror of mirrors) {
      apt = makeAptState(folder, mirror, keyring);
      const { code, output } = await run('apt-get', [...apt.flags, 'update'], {
        env,
        allowFailure: true,
        log: 'apt-update',
      });
      // apt-get update calls a failed download a warning and ends with 0.
      if (code === 0 && !/^(W: Failed|E:|Err:)/m.test(output)) return;
      reasons.push(
        output
          .split('\n')
          .filter((line) => /^(W|E|Err)/.test(line))
          .slice(0, 3)
          .join('\n'),
      );
    }
    throw new Problem(`no mirror gave the package lists\n${reasons.join('\n')}`);
  });

  const result = { source: `Debian ${suite}` };
  const { LD_LIBRARY_PATH: _unused, ...clean } = env;

  if (part.headers) {
    await step('downloading xsimd, doctest and CLI11', async (detail) => {
      const prefix = path.join(folder, 'headers.unpacked');
      const include = path.join(folder, 'include');
      fs.rmSync(prefix, { recursive: true, force: true });
      fs.rmSync(include, { recursive: true, force: true });
      const packages = (await closure(apt, headerPackages, clean)).filter((one) => headerPackages.includes(one.name));
      await downloadAndUnpack(apt, packages, prefix, clean, detail);
      fs.mkdirSync(include, { recursive: true });
      // Only these folders: a folder with a libc's headers in it must never reach Emscripten.
      for (const name of headerFolders) fs.renameSync(path.join(prefix, 'usr/include', name), path.join(include, name));
      fs.rmSync(prefix, { recursive: true, force: true });
      result.include = include;
    });
  }

  if (part.emscripten) {
    const prefix = path.join(folder, 'debian');
    const triplet = await tripletOf();
    await step('downloading Emscripten and clang (about 90 MB)', async (detail) => {
      fs.rmSync(prefix, { recursive: true, force: true });
      fs.mkdirSync(prefix, { recursive: true });
      const all = await closure(apt, ['emscripten', 'patchelf', 'ninja-build'], clean);
      const needed = all.filter((one) => neededForEmscripten.some((pattern) => pattern.test(one.name)));
      await downloadAndUnpack(apt, needed, prefix, clean, detail);
      detail('linking');
      const llvmName = fs.readdirSync(path.join(prefix, 'usr/lib')).find((name) => /^llvm-\d+$/.test(name));
      if (!llvmName) throw new Problem('the packages hold no LLVM');
      const llvm = path.join(prefix, 'usr/lib', llvmName);
      await relink(prefix, triplet, llvm);
      if (!(await works(prefix, llvm, clean))) {
        // Testing rolls: a library may have got a new name. The whole closure has it.
        const rest = all.filter((one) => !needed.includes(one));
        await downloadAndUnpack(apt, rest, prefix, clean, detail);
        await relink(prefix, triplet, llvm);
        if (!(await works(prefix, llvm, clean))) throw new Problem('the unpacked programs do not run here');
      }
      Object.assign(result, configure(folder, prefix, llvm));
    });
  }
  fs.rmSync(apt.state, { recursive: true, force: true });
  return result;
}

async function tripletOf() {
  const architecture = await ask('dpkg', ['--print-architecture']);
  const triplets = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };
  if (!triplets[architecture]) throw new Error(`no recipe for the architecture ${architecture}`);
  return triplets[architecture];
}

/** Emscripten's own settings file, and the link by which it finds its JavaScript parser. */
function configure(folder, prefix, llvm) {
  const emscripten = path.join(prefix, 'usr/share/emscripten');
  const modules = path.join(prefix, 'usr/share/node_modules');
  if (!fs.existsSync(modules)) fs.symlinkSync('nodejs', modules);
  const config = path.join(folder, 'emscripten-config.py');
  const lines = {
    LLVM_ROOT: path.join(llvm, 'bin'),
    BINARYEN_ROOT: path.join(prefix, 'usr'),
    EMSCRIPTEN_ROOT: emscripten,
    NODE_JS: process.execPath,
    CACHE: path.join(folder, 'emscripten-cache'),
  };
  fs.writeFileSync(
    config,
    Object.entries(lines)
      .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
      .join(''),
  );
  const programs = path.join(folder, 'bin');
  fs.rmSync(programs, { recursive: true, force: true });
  fs.mkdirSync(programs);
  fs.symlinkSync(path.join(prefix, 'usr/bin/ninja'), path.join(programs, 'ninja'));
  return { emscripten, config, programs };
}
