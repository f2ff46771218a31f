// Types of serve.mjs for the TypeScript files that use it.
export declare const headers: Readonly<Record<string, string>>;
export interface Served {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}
export declare function serve(options?: { folder?: string; port?: number; host?: string }): Promise<Served>;
