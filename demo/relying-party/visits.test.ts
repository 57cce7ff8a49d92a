import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import Koa from 'koa';
import { createVisits, remember } from './visits.ts';

test('a sign-in makes a new visit id, and a sign-in of another tab can still be finished with it', async () => {
  const visits = createVisits({ cookie: 'rp_visit', path: '/' });
  const app = new Koa();
  app.use((ctx) => {
    if (ctx.path === '/begin') remember(visits.open(ctx), String(ctx.query['state']), { verifier: 'v', nonce: 'n' });
    if (ctx.path === '/signed-in') visits.renew(ctx, { signedIn: { idToken: '', claims: {}, userinfo: {} } });
    ctx.body = [...(visits.of(ctx)?.begun.keys() ?? [])];
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const visit = async (path: string, cookie = '') => {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
      headers: { cookie },
    });
    const set = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return { cookie: set, begun: (await response.json()) as string[] };
  };
  try {
    const before = await visit('/begin?state=one');
    await visit('/begin?state=two', before.cookie);
    const after = await visit('/signed-in', before.cookie);

    expect(after.cookie).not.toBe(before.cookie);
    expect((await visit('/', after.cookie)).begun).toEqual(['one', 'two']);
    expect((await visit('/', before.cookie)).begun).toEqual([]);
  } finally {
    server.close();
  }
});
