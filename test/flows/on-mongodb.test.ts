// Rows A5 and A1 on the other store: always on MongoDB, whatever store the run has.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { stringify } from 'yaml';
import { run } from '../../admin/cli/run.ts';
import { composition } from '../../app/composition.ts';
import { flows } from '../harness/flow-stage.ts';
import { activeKeys, expectClaims, mailedCode, toActivation, toWizard } from '../harness/flow-moves.ts';
import { startMongodb, type MongodbServer } from '../harness/mongodb-server.ts';
import { deployment, startProduct, type Product } from '../harness/product.ts';
import { withMongodb } from '../harness/with-mongodb.ts';

let server: MongodbServer;

withMongodb('on MongoDB', () => {
  beforeAll(async () => {
    server = await startMongodb();
  }, 200_000);
  afterAll(() => server.stop());

  flows('in a browser', ({ own }) => {
    test('A5 from the card to the code by e-mail in four steps, and single sign-on after a restart', async () => {
      const uri = server.uri(server.newDatabase());
      const stage = await own({ storage: { mongodb: { uri, serverExpiry: false } } });
      const an = await stage.product.addPerson({ language: 'nl', keys: ['token-card'] });
      const visit = await stage.visit('nl');
      await toWizard(visit, an);
      await toActivation(visit, 'email-otp');
      await visit.send({ code: await mailedCode(stage, an.email) });
      await visit.expectStep('done', { factor: 'email-otp' });
      await visit.press('continue');
      await expectClaims(visit, { acr: 'urn:rekey:acr:low', amr: ['pwd', 'otp', 'mca'] });
      expect(await activeKeys(stage, an)).toEqual(['email-otp']);

      await stage.product.restart();
      await visit.signIn();
      await expectClaims(visit, { acr: 'urn:rekey:acr:low' });
      expect(await stage.product.services.audit.verify()).toMatchObject({ ok: true });
    }, 90_000);
  });

  test('`rekey storage check` reports nothing as missing after a server ran, with or without optional collections', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekey-check-'));
    let product: Product | undefined;
    try {
      const uri = server.uri(server.newDatabase());
      const overrides = {
        rootKey: Buffer.alloc(32, 5).toString('base64'),
        storage: { mongodb: { uri, serverExpiry: false } },
        mail: { smtp: { host: '127.0.0.1', from: { name: 'Test', address: 'test@example.org' } } },
      };
      product = await startProduct(overrides);
      const check = async (more: object) => {
        const file = join(folder, 'deployment.yaml');
        const client = {
          id: 'rp',
          secret: 'a-secret-of-the-relying-party-1',
          redirectUri: 'https://rp.example/callback',
        };
        const written = { ...deployment('http://localhost:3000', folder, client, 3000), ...overrides, ...more };
        await writeFile(file, stringify(written));
        let out = '';
        const exit = await run(
          {
            words: ['storage', 'check', '--config', file],
            env: {},
            folder,
            user: 'ann',
            clock: { now: () => Date.parse('2024-01-10T11:00:00Z') },
            input: Readable.from(['']),
            output: (text) => void (out += text),
            complain: (text) => void (out += text),
            isTerminal: false,
          },
          composition,
        );
        return { exit, out };
      };
      const found = await check({});
      expect(found.out).toContain('Nothing is missing.');
      expect(found.out).not.toMatch(/kept-messages|send-quotas|demo-issued/);
      expect(found.exit).toBe(0);
      // `storage copy` makes them in the new store, empty.
      const client = new MongoClient(uri);
      await client.db().createCollection('demo-issued');
      await client.close();
      expect(await check({})).toMatchObject({ exit: 0, out: expect.stringContaining('Nothing is missing.') });
      // A deployment that keeps messages in the store, and has not started yet, is told what the start will make.
      const keeping = await check({ mail: { outbox: true } });
      expect(keeping.out).toContain('kept-messages lacks');
      expect(keeping.exit).toBe(1);
    } finally {
      await product?.close();
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
