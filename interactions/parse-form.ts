/** Parses the form of a POST: each field once, each a string of bounded length. Refuses everything else. */
import { bodyParser } from '@koa/bodyparser';
import type { RouterContext } from '@koa/router';
import type { Form } from './step-handler.ts';

const usualLongest = 1024;
const mostFields = 16;

const parse = bodyParser({ enableTypes: ['form'], formLimit: '16kb', encoding: 'utf-8' });

/**
 * @param longest fields that may be longer than 1,024 characters, by name. Returns `undefined` for repeated, nested,
 * too many or too long fields. Throws an HTTP error (413, 415, 400) for a body that is too large, compressed or
 * malformed.
 */
export async function readForm(ctx: RouterContext, longest: ReadonlyMap<string, number>): Promise<Form | undefined> {
  // No browser compresses a form.
  if (!['', 'identity'].includes(ctx.get('Content-Encoding').toLowerCase())) return ctx.throw(415);
  await parse(ctx, () => Promise.resolve());
  const body: unknown = ctx.request.body;
  if (body === undefined || body === null || typeof body !== 'object') return {};
  return formOf(body as Readonly<Record<string, unknown>>, longest);
}

/** The query of a request that comes back from another site, by the same bounds. */
export const formOfQuery = (query: RouterContext['query'], longest: ReadonlyMap<string, number>): Form | undefined =>
  formOf(query, longest);

function formOf(given: Readonly<Record<string, unknown>>, longest: ReadonlyMap<string, number>): Form | undefined {
  const fields = Object.entries(given);
  if (fields.length > mostFields) return undefined;
  const form: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of fields) {
    if (typeof value !== 'string' || value.length > (longest.get(name) ?? usualLongest)) return undefined;
    form[name] = value;
  }
  return form;
}
