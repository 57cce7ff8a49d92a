/** The few public files, read once: style sheet, pictures, the small scripts. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';

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

const own = join(import.meta.dirname, 'public');

/**
 * Files that come with a package: the browser's half of WebAuthn (@simplewebauthn/browser), which sets the global
 * `SimpleWebAuthnBrowser`.
 */
const packaged: Readonly<Record<string, () => string>> = {
  'webauthn.js': () =>
    join(dirname(createRequire(import.meta.url).resolve('@simplewebauthn/browser')), '../dist/bundle/index.umd.min.js'),
};

/** The path of a public file on the disk. */
export const assetFile = (name: string): string => packaged[name]?.() ?? join(own, name);

/** Name of a factor's own script among the public files. */
export const factorScript = (factor: string): string => `factor-${factor}.js`;
/** Where it is in the folder of the factor. */
export const factorScriptFile = (folder: string): string => join(folder, 'views', 'page.js');

/** What a deployment adds. */
export interface AddedFiles {
  /** Text behind a file, by the file's name: colours; a demo plays devices with it. */
  readonly behind?: ReadonlyMap<string, string>;
  /** Further files, by name. */
  readonly files?: ReadonlyMap<string, Buffer>;
}

/**
 * By path, e.g. `/assets/rekey.css`.
 * @param factorFolders factor id → its folder, whose own script is then a public file as well
 */
export function readAssets(
  prefix = '/assets',
  factorFolders: Readonly<Record<string, string>> = {},
  { behind, files: further = new Map() }: AddedFiles = {},
): ReadonlyMap<string, Asset> {
  const scripts = Object.entries(factorFolders)
    .map(([id, folder]) => [factorScript(id), factorScriptFile(folder)] as const)
    .filter(([, file]) => existsSync(file));
  const files = [...readdirSync(own), ...Object.keys(packaged)].map((name) => [name, assetFile(name)] as const);
  return new Map(
    [...files, ...scripts, ...further].flatMap(([name, file]) => {
      const type = types[extname(name)];
      if (type === undefined) return [];
      const own = typeof file === 'string' ? readFileSync(file) : file;
      const bytes = Buffer.concat([own, Buffer.from(behind?.get(name) ?? '')]);
      return [
        [
          `${prefix}/${name}`,
          { type, bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` },
        ],
      ];
    }),
  );
}
