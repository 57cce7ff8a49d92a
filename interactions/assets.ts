/** Serves the public files of the pages: styles, scripts and pictures. */
import type { Middleware } from 'koa';
import { readAssets, type AddedFiles } from '../views/assets.ts';

export type { AddedFiles } from '../views/assets.ts';

/**
 * Serves the public files of the pages. A file keeps its name when its content changes, so browsers check for a new
 * version after an hour.
 * @param factorFolders factor id → its folder, for factors with a script of their own
 */
export function createAssets(factorFolders: Readonly<Record<string, string>> = {}, added: AddedFiles = {}): Middleware {
  const assets = readAssets('/assets', factorFolders, added);
  return async (ctx, next) => {
    const asset = assets.get(ctx.path);
    if (!asset || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) {
      await next();
      return;
    }
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.etag = asset.etag;
    ctx.type = asset.type;
    ctx.status = 200;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    ctx.body = asset.bytes;
  };
}
