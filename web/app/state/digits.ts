/**
 * The page's digits: one file, the images as IDX and then their labels as IDX, 10,000 of each in a fixed order whose
 * last 1,000 are held out (`scripts/` packs it from the package `mnist`).
 */
export const TRAIN_COUNT = 9000;
export const HELD_OUT_COUNT = 1000;

export interface IdxPair {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/** Fetches the digits. `onProgress` gets the share that has arrived, 0…1. @throws Error when they cannot be had */
export async function fetchDigits(onProgress: (share: number) => void): Promise<IdxPair> {
  const url = new URL('data/digits.idx', document.baseURI);
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`${url.pathname}: ${response.status} ${response.statusText}`);
  const expected = Number(response.headers.get('content-length')) || 7_850_024;
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    onProgress(Math.min(1, size / expected));
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return splitPair(bytes);
}

/** Cuts the file where the images end: an IDX header says how long its block is. @throws Error */
export function splitPair(bytes: Uint8Array): IdxPair {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 16 || view.getUint32(0) !== 0x803) throw new Error('digits.idx does not begin with IDX images');
  const end = 16 + view.getUint32(4) * view.getUint32(8) * view.getUint32(12);
  if (bytes.length < end + 8 || view.getUint32(end) !== 0x801) {
    throw new Error(`digits.idx has no IDX labels at byte ${end} of ${bytes.length}`);
  }
  return { images: bytes.subarray(0, end), labels: bytes.subarray(end) };
}
