// Chromium for tests and benches: which program, and the flags that make it quiet and local.
import { Problem } from './steps.mjs';
import { findProgram, programs } from './system.mjs';

export const chromiumFlags = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  '--mute-audio',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

export function chromiumPath() {
  const file = findProgram('chromium');
  if (!file)
    throw new Problem(
      'Chromium is missing.',
      `Install it (Debian package ${programs.chromium.package}) or set STRIATE_CHROMIUM.`,
    );
  return file;
}

/** A Playwright browser on the system's Chromium. `options` go to Playwright; its `args` are added to ours. */
export async function launchChromium({ args = [], ...options } = {}) {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: [...chromiumFlags, ...args],
    ...options,
  });
}
