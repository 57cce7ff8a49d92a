import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

/** Only our own flags: the defaults of the packaged browser would switch web security off. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const installed = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * The browser of the tests: `CHROMIUM_PATH`, the one of a package (Linux on x64), or an installed one. `undefined` if
 * there is none; with `CI=true` that is a failure, so that no run passes without a browser.
 */
export async function findBrowser(): Promise<string | undefined> {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return named;
  if (process.platform === 'linux' && process.arch === 'x64') return unpackCarried();
  const found = installed.find((path) => existsSync(path));
  if (found === undefined && process.env['CI'] === 'true') {
    throw new Error('no browser: install Chrome or Chromium, or set CHROMIUM_PATH');
  }
  return found;
}

/** A browser with a new, empty profile, and further flags. Close it. Its contexts share nothing either. */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = await findBrowser();
  if (executablePath === undefined) throw new Error('no browser: set CHROMIUM_PATH');
  return chromium.launch({
    executablePath,
    args: [...flags, ...more],
    env: { ...process.env, ...surroundings(executablePath) },
  });
}

/**
 * What the packaged browser needs on a machine without a desktop: its own libraries and, if there are no fonts, its
 * own.
 */
function surroundings(executable: string): Record<string, string> {
  const home = dirname(executable);
  const libraries = join(home, 'al2023/lib');
  if (!existsSync(libraries)) return {};
  const given = process.env['LD_LIBRARY_PATH'];
  return {
    LD_LIBRARY_PATH: given === undefined || given === '' ? libraries : `${libraries}:${given}`,
    ...(existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_FILE: join(home, 'fonts.conf') }),
  };
}

/**
 * Unpacks the packaged browser once for each machine. Several test files start at once: each unpacks into its own
 * folder, and the first to rename it wins, so that nobody starts a half-written file.
 */
async function unpackCarried(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const { version } = createRequire(import.meta.url)(join(dirname(entry), '../../package.json')) as { version: string };
  const home = join(tmpdir(), `rekey-browser-${version}-${process.getuid?.() ?? 0}`);
  const executable = join(home, 'chromium');
  if (existsSync(executable)) return executable;

  const staging = await mkdtemp(`${home}-`);
  try {
    // The package unpacks into TMPDIR, which the process itself reads: hence a process of its own. It unpacks its
    // libraries only in an environment that looks like a container.
    const script = `import(${JSON.stringify(pathToFileURL(entry).href)}).then((it) => (it.default.default ?? it.default).executablePath())`;
    await promisify(execFile)(process.execPath, ['-e', script], {
      env: { ...process.env, TMPDIR: staging, CODEBUILD_BUILD_IMAGE: 'nodejs24' },
    });
    // Without a font no page has text. The package's own configuration looks for fonts in other folders.
    await writeFile(join(staging, 'fonts.conf'), `<fontconfig><dir>${join(home, 'fonts')}</dir></fontconfig>\n`);
    await rename(staging, home);
  } catch (error) {
    if (!existsSync(executable)) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return executable;
}
