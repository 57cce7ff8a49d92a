/** Renders the demo's own pages: Handlebars, strict, in English, with the product's style sheet. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handlebarsEngine } from '../views/handlebars.ts';

export type Draw = (context: object) => string;

const strict = { strict: true, preventIndent: true } as const;

/** @param names pages as paths below `demo/`, without `.hbs` */
export function readPages<Name extends string>(names: readonly Name[]): Readonly<Record<Name, Draw>> {
  const handlebars = handlebarsEngine.create();
  const compile = (file: string) =>
    handlebars.compile(readFileSync(join(import.meta.dirname, file), 'utf8').trimEnd(), strict);
  // The helper page has the product's own mark, whatever the deployment's is.
  handlebars.registerHelper({ brandLogo: () => undefined, brandLogoDark: () => undefined });
  handlebars.registerPartial('layout', compile('layout.hbs'));
  handlebars.registerPartial('others', compile('relying-party/others.hbs'));
  handlebars.registerPartial('story', compile('story.hbs'));
  for (const part of ['message', 'person']) handlebars.registerPartial(part, compile(`helper-page/pages/${part}.hbs`));
  handlebars.registerPartial('logo', compile('../views/partials/logo.hbs'));
  return Object.fromEntries(names.map((name) => [name, compile(`${name}.hbs`)])) as Record<Name, Draw>;
}
