/** `npm run docs:mails`: writes docs/mails.md. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mailsPage } from './mails-page.ts';

await writeFile(join(import.meta.dirname, '../../docs/mails.md'), await mailsPage());
