// npm start: everything that is missing, then the page.
import { main } from './lib/steps.mjs';
import { checkNode, ensurePage } from './lib/setup.mjs';
import { portFromEnvironment, serve } from './serve.mjs';

await main(async () => {
  checkNode();
  const port = portFromEnvironment();
  const since = Date.now();
  console.log('Striate: preparing the page');
  await ensurePage();
  const server = await serve({ port });
  console.log(`\n  Ready in ${((Date.now() - since) / 1000).toFixed(1)} s. Open  ${server.url}\n  (Ctrl+C ends it)`);
});
