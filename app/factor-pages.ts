/** Renders pages with a factor's view as the product does; the contract suite needs them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Registry } from '../factors/registry.ts';
import { createRenderer } from '../views/render.ts';
import type { FactorPages } from '../factors/contract-suite/stand.ts';
import { defined } from '../accounts/defined.ts';

/** For the factor `id` of `registry`. */
export function factorPages(registry: Registry, id: string): FactorPages {
  const folder = registry.folder(id);
  const renderer = createRenderer({ factorFolders: { [id]: folder } });
  const shell = { languages: [], product: 'Mijn digitale sleutels', links: {}, action: '/interaction/x' };
  return {
    texts: JSON.parse(readFileSync(join(folder, 'locales/en.json'), 'utf8')),
    view: (name) => readFileSync(join(folder, 'views', `${name}.hbs`), 'utf8'),
    draw(page, language, shows, detail, stage) {
      const common = { ...shell, language, step: page, factor: id, shows };
      return page === 'prove-key'
        ? renderer.page(page, {
            ...common,
            detail,
            mayResend: true,
            mayChooseOther: true,
            others: [],
            trust: false,
            mayFind: false,
            forMigration: false,
            forPassword: false,
          })
        : renderer.page(page, {
            ...common,
            ...defined({ stage }),
            mayResend: true,
            at: 3,
            displayName: 'Jan Peeters',
            mayPrevious: true,
          });
    },
  };
}
