/**
 * Files as people have them → the plain bytes that the engine reads: gzip unpacked, tar archives walked.
 *
 * Whatever a file claims is checked before it is believed: nothing is unpacked beyond {@link LIMIT}, a header of an archive
 * must have the checksum it names, a file must end where it says.
 * Source: RFC 1952 (gzip, by the platform's DecompressionStream); POSIX.1-1988 ustar.
 */
import { StriateError } from '../worker/errors.js';

/** Bytes that a packed file may grow to. */
const LIMIT = 2 ** 30;
const BLOCK = 512;
/** CIFAR-10's files in its archive; the published order, the test images last. */
const CIFAR10_FILE = /(?:^|\/)(?:data_batch_(\d{1,3})|test_batch)\.bin$/;

const invalidFile = (message: string, hint: string) => new StriateError('invalid_file', message, hint);
const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isTar = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(257, 262)) === 'ustar';

/** The bytes themselves, or what their gzip holds. @throws `invalid_file` */
export async function unpacked(what: string, bytes: Uint8Array): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes;
  const parts: Uint8Array[] = [];
  await unpack(what, bytes, (part) => parts.push(part));
  return joined(parts);
}

/**
 * The records of CIFAR-10 files, one file's after another's: binary files, gzipped or not, or the official archive
 * (`cifar-10-binary.tar.gz`), whose test images come last.
 *
 * @throws `invalid_file`
 */
export async function cifar10Records(what: string, files: readonly Uint8Array[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (const [i, file] of files.entries()) {
    const name = files.length > 1 ? `${what}[${i}]` : what;
    const begin = isGzip(file) ? await firstBlock(name, file) : file;
    if (!isTar(begin)) {
      parts.push(await unpacked(name, file));
      continue;
    }
    const walk = new TarWalk(name);
    if (isGzip(file)) await unpack(name, file, (part) => walk.take(part));
    else walk.take(file);
    parts.push(...walk.finish());
  }
  return joined(parts);
}

/** Calls `take` with the unpacked bytes, piece by piece. @throws `invalid_file`; what `take` throws */
async function unpack(what: string, bytes: Uint8Array, take: (part: Uint8Array) => void): Promise<void> {
  let size = 0;
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'));
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.length;
      if (size > LIMIT) {
        throw invalidFile(`${what} unpacks to more than ${LIMIT / 2 ** 20} MB.`, 'Give a smaller set, or parts of it.');
      }
      take(value);
    }
  } catch (cause) {
    await reader.cancel().catch(() => {});
    if (cause instanceof StriateError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = 'It begins like a gzip file but is damaged: fetch it again.';
    throw new StriateError('invalid_file', `${what} cannot be unpacked: ${reason}`, hint, { cause });
  }
}

/** The first bytes that a gzip holds. */
async function firstBlock(what: string, bytes: Uint8Array): Promise<Uint8Array> {
  const stop = new StriateError('aborted', 'enough');
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    await unpack(what, bytes, (part) => {
      parts.push(part);
      size += part.length;
      if (size >= BLOCK) throw stop;
    });
  } catch (error) {
    if (error !== stop) throw error;
  }
  return joined(parts);
}

/** Walks an archive that arrives in pieces, and keeps CIFAR-10's files of it. */
class TarWalk {
  readonly #what: string;
  readonly #found = new Map<number, Uint8Array>();
  readonly #header = new Uint8Array(BLOCK);
  /** Bytes of the header that arrived; BLOCK while a file's bytes come. */
  #filled = 0;
  #name = '';
  /** Bytes of the file, and of the padding behind it, that are still to come. */
  #left = 0;
  #padding = 0;
  /** The file being kept, and how much of it is there. */
  #file: Uint8Array | null = null;
  #kept = 0;
  #ended = false;
  #python = false;

  constructor(what: string) {
    this.#what = what;
  }

  /** @throws `invalid_file` */
  take(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length && !this.#ended) {
      if (this.#filled < BLOCK) {
        const part = bytes.subarray(at, at + BLOCK - this.#filled);
        this.#header.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
        if (this.#filled === BLOCK) this.#open();
      } else if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        this.#file?.set(part, this.#kept);
        this.#kept += part.length;
        this.#left -= part.length;
        at += part.length;
      } else {
        const skipped = Math.min(this.#padding, bytes.length - at);
        this.#padding -= skipped;
        at += skipped;
      }
      if (this.#filled === BLOCK && this.#left + this.#padding === 0) this.#filled = 0;
    }
  }

  /** The files in their order. @throws `invalid_file` */
  finish(): Uint8Array[] {
    if (this.#left > 0) {
      throw invalidFile(
        `${this.#what} ends ${this.#left} bytes before its file ${this.#name} does.`,
        'Fetch it again.',
      );
    }
    if (!this.#ended && this.#filled > 0 && this.#filled < BLOCK) {
      throw invalidFile(`${this.#what} ends in the middle of a header.`, 'Fetch it again.');
    }
    if (this.#found.size > 0) return [...this.#found].sort(([a], [b]) => a - b).map(([, file]) => file);
    throw invalidFile(
      `${this.#what} is an archive without data_batch_1.bin … of CIFAR-10.`,
      this.#python
        ? 'It is the Python version: give the binary one, cifar-10-binary.tar.gz.'
        : 'Give the binary version, cifar-10-binary.tar.gz.',
    );
  }

  /** Reads the header that is there. */
  #open(): void {
    const header = this.#header;
    if (header.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    const sum = header.reduce((all, byte, i) => all + (i >= 148 && i < 156 ? 32 : byte), 0);
    if (sum !== this.#number(148, 8)) {
      throw invalidFile(
        `${this.#what} has a damaged header after ${this.#name || 'its beginning'}.`,
        'Fetch it again.',
      );
    }
    this.#name = this.#text(0, 100);
    this.#left = this.#number(124, 12);
    this.#padding = (BLOCK - (this.#left % BLOCK)) % BLOCK;
    this.#kept = 0;
    this.#file = null;
    const kind = header[156]!;
    if (kind !== 0x30 && kind !== 0) return;
    this.#python ||= /(?:^|\/)data_batch_\d$/.test(this.#name);
    const match = CIFAR10_FILE.exec(this.#name);
    if (!match) return;
    const all = [...this.#found.values()].reduce((bytes, file) => bytes + file.length, this.#left);
    const place = match[1] === undefined ? Infinity : Number(match[1]);
    if (all > LIMIT || this.#found.has(place)) {
      throw invalidFile(
        `${this.#what}: ${this.#name} ${all > LIMIT ? `says it has ${this.#left} bytes` : 'comes twice'}.`,
        'Give the archive as it is published: cifar-10-binary.tar.gz.',
      );
    }
    this.#file = new Uint8Array(this.#left);
    this.#found.set(place, this.#file);
  }

  #text(at: number, length: number): string {
    const field = this.#header.subarray(at, at + length);
    const end = field.indexOf(0);
    return String.fromCharCode(...(end < 0 ? field : field.subarray(0, end)));
  }

  /** An octal number; what is none, or is written in another way, is an error. */
  #number(at: number, length: number): number {
    const text = this.#text(at, length).trim();
    if (!/^[0-7]+$/.test(text)) {
      throw invalidFile(`${this.#what} has a header with a number that is not octal.`, 'Give a plain (ustar) archive.');
    }
    return parseInt(text, 8);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
