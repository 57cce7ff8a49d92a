/**
 * Run by `npm ci` (`bin/fill-compile-cache.mjs`): loads what a start loads, so that Node's compile cache serves the
 * first start too. A start then needs a third less CPU and some 15 MB less memory, because the TypeScript compiler is
 * not loaded. The product also works without the cache.
 */
import { flushCompileCache } from 'node:module';
import { chooseDeployment, readDeployment } from './services.ts';

const demo = await chooseDeployment({ name: undefined, file: undefined });
if (demo.ok) await readDeployment(demo.files, {});
await Promise.all([
  import('./start.ts'),
  import('../demo/start-demo.ts'),
  import('../adapters/mail/store/store-sender.ts'),
  import('../adapters/mail/smtp/smtp-sender.ts'),
  import('../adapters/sms/store/store-sender.ts'),
  import('../adapters/sms/twilio/twilio-sender.ts'),
  import('../adapters/storage/embedded/open-embedded.ts'),
  import('../adapters/storage/mongodb/open-mongodb.ts'),
]);
flushCompileCache();
