/**
 * A page as a file of its own: its style and picture are in it, no script is, and no form of it is sent. What is not in
 * it the browser fetches and runs nowhere: the policy in its head says so. Called by the preview of a sign-in.
 */
import { readFileSync } from 'node:fs';
import { assetFile } from './assets.ts';

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

const style = () => `<style>\n${readFileSync(assetFile('rekey.css'), 'utf8').trimEnd()}\n</style>`;
const icon = () =>
  `<link rel="icon" type="image/svg+xml" href="data:image/svg+xml;base64,${readFileSync(assetFile('favicon.svg')).toString('base64')}">`;

/**
 * @param html as the renderer draws it @param assets its public path. Throws where something would still be fetched
 * from there.
 */
export function stillPage(html: string, assets = '/assets'): string {
  const still = html
    .replaceAll(/<script\b[^>]*><\/script>\n?/g, '')
    .replace('<meta charset="utf-8">', `$&\n<meta http-equiv="Content-Security-Policy" content="${policy}">`)
    .replace(/<link rel="stylesheet"[^>]*>/, style)
    .replace(/<link rel="icon"[^>]*>/, icon);
  if (!still.includes(policy) || still.includes('<script') || still.includes(`="${assets}/`))
    throw new Error('This page cannot be made a file of its own.');
  return still;
}
