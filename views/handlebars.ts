/** The template engine. */
import { createRequire } from 'node:module';
import type HandlebarsModule from 'handlebars';

/** The template engine in its one-file build: the package's entry would keep a megabyte of source maps in memory. */
export const handlebarsEngine = createRequire(import.meta.url)(
  'handlebars/dist/handlebars.js',
) as typeof HandlebarsModule;
