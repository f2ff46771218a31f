/** The real digits that the page is given (web/public/data/digits.idx): 9,000 for training, 1,000 held out. */
import { readFileSync } from 'node:fs';

const COUNT = 10_000;
const IMAGES_BYTES = 16 + COUNT * 28 * 28;

/** The two IDX files that lie one behind the other in the packed file. */
export function digitFiles(): { readonly images: Uint8Array; readonly labels: Uint8Array } {
  const file = new Uint8Array(readFileSync(new URL('../../web/public/data/digits.idx', import.meta.url)));
  return { images: file.slice(0, IMAGES_BYTES), labels: file.slice(IMAGES_BYTES) };
}

export async function sha256(bytes: Uint8Array | Float32Array): Promise<string> {
  const digest = await crypto.subtle.digest(
    'SHA-256',
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice(),
  );
  return Buffer.from(digest).toString('hex');
}
