/**
 * A page as a file of its own: its style and pictures are in it, no script is, and no form of it is sent. What is not in
 * it the browser fetches and runs nowhere: the policy in its head says so. Called by the preview of a sign-in.
 */
import { readFileSync } from 'node:fs';
import { assetFile } from './assets.ts';
import { noBrand, type Brand } from './brand.ts';

const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

const dataOf = (name: string, bytes: Buffer) =>
  `data:image/${name.endsWith('.svg') ? 'svg+xml' : 'png'};base64,${bytes.toString('base64')}`;

/** @param brand the deployment's own look @param assets public path of what is drawn by the renderer */
export function stillPages(brand: Brand = noBrand, assets = '/assets'): (html: string) => string {
  const style = () => `<style>\n${readFileSync(assetFile('rekey.css'), 'utf8').trimEnd()}\n${brand.style}</style>`;
  const { name: icon, type } = brand.icon ?? { name: 'favicon.svg', type: 'image/svg+xml' };
  const bytesOf = (name: string) => brand.files.get(name) ?? readFileSync(assetFile(name));
  const iconLink = () => `<link rel="icon" type="${type}" href="${dataOf(icon, bytesOf(icon))}">`;
  /** Throws where something would still be fetched. */
  return (html) => {
    const still = html
      .replaceAll(/<script\b[^>]*><\/script>\n?/g, '')
      .replace('<meta charset="utf-8">', `$&\n<meta http-equiv="Content-Security-Policy" content="${policy}">`)
      .replace(/<link rel="stylesheet"[^>]*>/, style)
      .replace(/<link rel="icon"[^>]*>/, iconLink);
    const whole = [...brand.files].reduce(
      (page, [name, bytes]) =>
        page.replaceAll(new RegExp(`="${assets}/${name}(\\?[^"]*)?"`, 'g'), () => `="${dataOf(name, bytes)}"`),
      still,
    );
    if (!whole.includes(policy) || whole.includes('<script') || whole.includes(`="${assets}/`))
      throw new Error('This page cannot be made a file of its own.');
    return whole;
  };
}
