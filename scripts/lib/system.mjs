// Programs of the system. As root on a Debian-family machine what is missing is installed; else it is named.
import fs from 'node:fs';
import path from 'node:path';
import { Problem, run, step } from './steps.mjs';

/** What we may ask for: any of these commands will do; the Debian package that brings it. */
export const programs = {
  compiler: { commands: ['c++', 'g++', 'clang++'], package: 'g++', what: 'a C++20 compiler' },
  cmake: { commands: ['cmake'], package: 'cmake', what: 'CMake 3.23 or newer' },
  make: { commands: ['ninja', 'make'], package: 'ninja-build', what: 'Ninja or make' },
  python: { commands: ['python3'], package: 'python3', what: 'Python 3 (for Emscripten)' },
  'arm compiler': {
    commands: ['aarch64-linux-gnu-g++'],
    package: 'g++-aarch64-linux-gnu',
    what: 'a C++ compiler for 64-bit ARM',
  },
  qemu: { commands: ['qemu-aarch64', 'qemu-aarch64-static'], package: 'qemu-user', what: 'qemu-user' },
  chromium: {
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    package: 'chromium',
    what: 'Chromium',
  },
};

export function which(command, env = process.env) {
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    const file = path.join(folder, command);
    try {
      fs.accessSync(file, fs.constants.X_OK);
      if (fs.statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

export function findProgram(name, env = process.env) {
  if (name === 'chromium' && env.STRIATE_CHROMIUM) return env.STRIATE_CHROMIUM;
  return programs[name].commands.map((command) => which(command, env)).find(Boolean);
}

export async function ensurePrograms(names, env = process.env) {
  const missing = names.filter((name) => !findProgram(name, env));
  if (missing.length === 0) return;
  const packages = missing.map((name) => programs[name].package);
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  const canInstall = process.getuid?.() === 0 && which('apt-get', env);
  if (canInstall) {
    const options = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, log: 'apt-install' };
    await step(`installing system packages: ${packages.join(', ')}`, async () => {
      await run('apt-get', ['update'], { ...options, allowFailure: true, log: 'apt-update-system' });
      await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], options);
    });
  }
  const still = names.filter((name) => !findProgram(name, env));
  if (still.length > 0) {
    throw new Problem(
      `Missing on this machine: ${still.map((name) => programs[name].what).join(', ')}.`,
      `On Debian or Ubuntu, as root: ${command}`,
    );
  }
}
