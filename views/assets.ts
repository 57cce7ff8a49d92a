/** The few public files, read once: style sheet, pictures, the small script. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

export interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  /** Strong entity tag (RFC 9110 §8.8.3). */
  readonly etag: string;
}

/** By path, e.g. `/assets/rekey.css`. */
export function readAssets(prefix = '/assets'): ReadonlyMap<string, Asset> {
  const folder = join(import.meta.dirname, 'public');
  return new Map(
    readdirSync(folder).flatMap((name) => {
      const type = types[extname(name)];
      if (type === undefined) return [];
      const bytes = readFileSync(join(folder, name));
      return [
        [
          `${prefix}/${name}`,
          { type, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` },
        ],
      ];
    }),
  );
}
