// The lab in Chromium, as a person gets it: the built page on the project's own server. Watches what must never happen
// (errors, CSP reports, requests off the origin) and how long tasks of the main thread take.
import { launchChromium } from '../../scripts/lib/chromium.mjs';
import { serve } from '../../scripts/serve.mjs';

let server;
let browser;

/** To be called once a file, before its tests. */
export async function openHouse() {
  // STRIATE_PAGE: another built page than build/page.
  server = await serve({ port: 0, folder: process.env.STRIATE_PAGE });
  browser = await launchChromium();
}

export async function closeHouse() {
  await browser?.close();
  await server?.close();
}

/** What the page notes about itself from its first moment on. */
function watch() {
  window.seen = { reports: [], longTasks: [] };
  document.addEventListener('securitypolicyviolation', (event) => {
    window.seen.reports.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
  });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.seen.longTasks.push({ startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
}

/**
 * Opens the lab in a fresh profile. `hash` is the address without its '#'. `ready` waits for the network's first answer
 * and for the digits.
 */
export async function openLab({
  hash = 'lang=en',
  width = 1440,
  height = 900,
  theme = 'light',
  ready = true,
  ...options
} = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const errors = [];
  const strangers = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  context.on('request', (request) => {
    if (!request.url().startsWith(server.url)) strangers.push(request.url());
  });
  await page.addInitScript(watch);
  await page.goto(`${server.url}#${hash}`);
  if (ready) {
    await page.waitForFunction(() => Number(document.querySelector('ol[data-drawing]')?.dataset.drawing) > 0);
    await page.waitForFunction(() => document.querySelector('[data-digits=ready]'));
  }
  return {
    page,
    errors,
    strangers,
    url: server.url,
    train: page.locator('button[data-phase]').first(),
    seen: () => page.evaluate(() => window.seen),
    close: () => context.close(),
  };
}

/** The accuracy on the 1,000 held-out digits that the page shows, or null. */
export const accuracy = (page) =>
  page.evaluate(() => {
    const shown = document.querySelector('[data-accuracy]');
    return shown ? Number(shown.dataset.accuracy) : null;
  });

/** Waits until the page shows at least `share`. */
export const reaches = (page, share, timeout = 20_000) =>
  page.waitForFunction(
    (least) => Number(document.querySelector('[data-accuracy]')?.dataset.accuracy ?? 0) >= least,
    share,
    { timeout, polling: 20 },
  );

/** The phase: idle, running, paused, finished. */
export const phase = (page) => page.evaluate(() => document.querySelector('button[data-phase]').dataset.phase);
export const inPhase = (page, wanted, timeout = 20_000) =>
  page.waitForFunction((name) => document.querySelector('button[data-phase]').dataset.phase === name, wanted, {
    timeout,
  });

/** Draws strokes (points 0…1 of the pad) with the mouse, and waits for the network's answer to the last of them. */
export async function draw(page, strokes) {
  const pad = page.locator('#pad');
  await pad.scrollIntoViewIfNeeded();
  await page.getByRole('button', { name: /^(Clear|Очистить)$/ }).click();
  const box = await pad.boundingBox();
  for (const stroke of strokes) {
    const [first, ...rest] = stroke.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height]);
    await page.mouse.move(...first);
    await page.mouse.down();
    for (const point of rest) await page.mouse.move(...point, { steps: 4 });
    await page.mouse.up();
  }
  await answered(page);
}

/** Waits until the probabilities belong to what is on the pad. */
export async function answered(page) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.waitForFunction(
    () => document.querySelector('ol[data-drawing]').dataset.drawing === document.querySelector('#pad').dataset.drawing,
  );
}

/** The ten probabilities as the page writes them, in per cent, and the most probable digit. */
export const reading = (page) =>
  page.evaluate(() => {
    const shares = [...document.querySelectorAll('ol[data-drawing] li')].map((row) =>
      parseFloat(row.lastElementChild.textContent),
    );
    return { shares, digit: shares.indexOf(Math.max(...shares)) };
  });

/** A digest of the pixels of all maps and filters on the stage. */
export const stagePicture = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.columns canvas')]
      .map((canvas) => canvas.toDataURL().length + canvas.toDataURL().slice(-60))
      .join(),
  );

/**
 * A time that the page promises: measured again, up to three times, while it is over its limit, since other programs of
 * the machine only ever add to it. `measure` gives { value, … }; the best of them comes back.
 */
export async function undisturbed(limit, measure) {
  let best;
  for (let attempt = 0; attempt < 3 && !(best?.value <= limit); attempt += 1) {
    const measured = await measure();
    if (!best || measured.value < best.value) best = measured;
  }
  return best;
}

/** Looks at each of the rooms below the first screen until it has shown what it has to show, then back at the top. */
export async function visitRooms(page) {
  for (const shown of [
    '#augmentation [data-draws="24"]',
    '#twins [data-twins]',
    '#views [data-views]',
    '#machine [data-measuring]',
  ]) {
    await page.locator(shown.split(' ')[0]).evaluate((room) => room.scrollIntoView());
    await page.waitForSelector(shown);
  }
  await page.evaluate(() => scrollTo(0, 0));
}
