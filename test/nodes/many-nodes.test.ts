/**
 * D-12: four processes on one database, behind a balancer without sticky sessions; a change by one of them holds for
 * all.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateSync } from 'otplib';
import type { Schedules } from '../../factors/policy/schedule-rules.ts';
import { systemClock } from '../../time/clock.ts';
import type { Collection } from '../../adapters/storage/port.ts';
import { HttpAgent } from '../harness/http-agent.ts';
import { startManyNodes, type ManyNodes, type NodeProcess } from '../harness/many-nodes.ts';
import { addPerson, type NewPerson } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { withMongodb } from '../harness/with-mongodb.ts';
import { giveCode, givePassword, gotCode, begin, reasonOf, send, stepOf, type Visit } from '../attacks/visitor.ts';

withMongodb('many nodes', () => {
  let many: ManyNodes;
  let rp: RelyingParty;
  beforeAll(async () => {
    many = await startManyNodes(4, {
      factors: { 'email-otp': {}, 'authenticator-app': {}, 'token-card': { settings: { count: 8, warnAt: 2 } } },
      reminders: { daysBefore: [30], quietHours: { from: '00:00', until: '00:00' } },
    });
    rp = await relyingParty(many.issuer, many.client);
  }, 120_000);
  afterAll(() => many?.close(), 60_000);

  const codeOf = (an: NewPerson, stepsOn = 0) =>
    generateSync({ secret: an.totp, epoch: Math.floor(systemClock.now() / 1000) + stepsOn * 30 });
  const toProof = async (an: NewPerson): Promise<Visit> => {
    const visit = await begin(rp);
    await send(visit, 'choose-key', { key: 'authenticator-app' });
    const page = await givePassword(visit, an);
    expect([stepOf(page), page.status]).toEqual(['prove-key', 200]);
    return visit;
  };
  const json = async <T>(node: NodeProcess, path: string): Promise<T> => {
    const host = new URL(many.issuer).host;
    const agent = new HttpAgent({ origins: { [`http://${host}`]: node.port } });
    return JSON.parse((await agent.get(`${many.issuer}${path}`)).body) as T;
  };
  /** One after the other: so many passwords at once would be another test. */
  const several = async (count: number, an: NewPerson): Promise<readonly Visit[]> => {
    const visits: Visit[] = [];
    while (visits.length < count) visits.push(await toProof(an));
    return visits;
  };

  test('keys are made once, though four began on an empty database at one instant', async () => {
    const sets = await Promise.all(many.nodes.map((node) => json<{ keys: { kid: string }[] }>(node, '/jwks')));
    const kids = sets.map(({ keys }) => keys.map(({ kid }) => kid));
    expect(kids[0]?.length).toBeGreaterThan(0);
    for (const each of kids) expect(each).toEqual(kids[0]);
  });

  test('a whole sign-in goes from node to node', async () => {
    const an = await addPerson(many.services, { keys: ['authenticator-app'] });
    const before = [...many.balancer.given];
    const visit = await toProof(an);
    const page = await giveCode(visit, codeOf(an));
    expect(gotCode(page)).toBe(true);
    const tokens = await rp.finish(visit.pending, page.left as URL);
    expect(tokens.claims()?.sub).toEqual(expect.any(String));
    expect(many.balancer.given.filter((given, node) => given > (before[node] ?? 0)).length).toBeGreaterThan(1);
  });

  test('B2-08 a limit counts once for all nodes: forty wrong codes at once, five are judged', async () => {
    const an = await addPerson(many.services, { keys: ['authenticator-app'] });
    const visits = await several(8, an);
    const wrong = ['000000', '111111', '222222', '333333', '444444'].filter(
      (code) => ![-2, -1, 0, 1, 2].some((step) => codeOf(an, step) === code),
    );
    const pages = await Promise.all(visits.flatMap((visit) => wrong.map((code) => giveCode(visit, code))));
    expect(pages.filter((page) => gotCode(page) || page.status >= 500)).toEqual([]);
    const person = await many.services.people.get(an.person.id);
    expect(person?.keys[0]?.attempts.count).toBe(5);
    const late = await giveCode(visits[0] as Visit, codeOf(an));
    expect([gotCode(late), reasonOf(late)]).toEqual([false, 'attempts_paused']);
  });

  test('B3-01 one code in many sign-ins at once, on all nodes: one of them is let in', async () => {
    const an = await addPerson(many.services, { keys: ['authenticator-app'] });
    const visits = await several(4, an);
    const code = codeOf(an);
    const pages = await Promise.all(visits.map((visit) => giveCode(visit, code)));
    expect(pages.filter((page) => page.status >= 500)).toEqual([]);
    expect(pages.filter((page) => gotCode(page))).toHaveLength(1);
  });

  test('a double click that reaches two nodes: whichever answer the browser follows, the person is in', async () => {
    const ways: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const an = await addPerson(many.services, { keys: ['authenticator-app'] });
      const visit = await toProof(an);
      const code = codeOf(an);
      const answers = await Promise.all([
        giveCode(visit, code, { follow: 'no' }),
        giveCode(visit, code, { follow: 'no' }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([303, 303]);
      // A browser gives up the first navigation for the second; here it is the one that lost, where that can be told.
      const [first, second] = answers.map(({ headers }) => headers.location ?? '');
      const followed = [second, first].find((location) => location?.includes('/interaction/')) ?? second ?? '';
      ways.push(followed.includes('/interaction/') ? 'of the loser' : 'of the winner');
      expect(gotCode(await visit.agent.get(new URL(followed, many.issuer).href))).toBe(true);
    }
    expect(ways).toContain('of the loser');
    const limits = await many.services.audit.list({ limit: 1000, filter: { action: 'key.blocked' } });
    expect(limits).toEqual([]);
  });

  test('dates set on one node decide on the others within 5 s', async () => {
    const after = async (node: NodeProcess): Promise<string | undefined> => {
      const visit = await begin(rp, { agent: new HttpAgent({ origins: { [many.issuer]: node.port } }) });
      return stepOf(await send(visit, 'choose-key', { key: 'token-card' }));
    };
    expect(await Promise.all(many.nodes.map(after))).toEqual(['password', 'password', 'password', 'password']);
    const now = systemClock.now();
    const factor = 'token-card';
    const dates = { announceAt: now - 60_000, sunsetAt: now + 86_400_000 };
    const rules = [{ scope: { kind: 'all' }, ...dates }] as const;
    const over = { factor, zone: 'UTC', after: 're-enrol', replacements: [], rules } as const;
    await many.services.schedules.change('test', (schedules) => ({ ...schedules, [factor]: over }));
    const deadline = performance.now() + 5_000;
    for (;;) {
      const steps = await Promise.all(many.nodes.map(after));
      if (!steps.includes('password')) break;
      if (performance.now() > deadline) throw new Error(`Still as before: ${steps.join(', ')}`);
    }
    await many.services.schedules.change('test', (schedules) => {
      const { 'token-card': _lifted, ...rest } = schedules;
      return rest;
    });
  });

  test('the audit trail that four wrote is one chain', async () => {
    expect(await many.services.audit.verify()).toMatchObject({ ok: true });
    const lines = await many.services.audit.list({ limit: 1000 });
    expect(lines.length).toBeGreaterThan(20);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  });

  test('a node with another root key does not start, and says why', async () => {
    const other = { rootKey: Buffer.alloc(32, 1).toString('base64') };
    await expect(many.start({ overrides: other })).rejects.toMatchObject({
      name: 'RootKeyDiffers',
      message: expect.stringContaining('another root key'),
    });
  });

  test('a node whose clock is wrong says so at start and in its health', async () => {
    const node = await many.start({ aheadMs: -90_000 });
    expect(node.log).toContainEqual(expect.objectContaining({ event: 'clock.wrong', aheadSeconds: -90, by: 'store' }));
    expect(await json(node, '/health/ready')).toMatchObject({ status: 'ready', clockAheadSeconds: -90 });
    expect(await json(many.nodes[0] as NodeProcess, '/health/ready')).toEqual({ status: 'ready' });
    await node.kill();
  });

  test('killed with kill -9: another node becomes the leader, and pending messages leave once, within 30 s', async () => {
    const leader = await leaderNode();
    const node = many.nodes.find(({ process: { pid } }) => leader.label.includes(`process ${String(pid)}`));
    if (!node) throw new Error(`Nobody is ${leader.label}.`);
    const an = await addPerson(many.services, { keys: ['authenticator-app'] });
    const peopleWithKey = await Promise.all(
      Array.from({ length: 5 }, () => addPerson(many.services, { keys: ['token-card', 'authenticator-app'] })),
    );
    await node.kill();
    await endsInTenDays('token-card');
    const killedAt = performance.now();
    // Pending by a process that died before it could deliver it.
    const now = systemClock.now();
    await many.services.people.change(an.person.id, (person) => ({
      ...person,
      pending: [
        {
          kind: 'message',
          id: `pending-${an.person.id}`,
          message: {
            channel: 'email',
            to: an.email,
            source: 'core',
            template: 'password_attempts',
            language: 'en',
            data: {},
            queuedAt: now,
          },
        },
      ],
    }));
    const mails = async () => (await mailsSent()).filter(({ to }) => to === an.email);
    while ((await mails()).length === 0) {
      if (performance.now() - killedAt > 30_000) throw new Error('Nothing was sent within 30 s.');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    while ((await leaderNode()).id === leader.id) {
      if (performance.now() - killedAt > 30_000) throw new Error('No node became the leader within 30 s.');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    // Reminders move to the new leader as well.
    const reminded = async () =>
      (await mailsSent()).filter(({ to }) => peopleWithKey.some(({ email }) => email === to));
    while ((await reminded()).length < peopleWithKey.length) {
      if (performance.now() - killedAt > 30_000) throw new Error('Nobody was reminded within 30 s.');
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await mails()).toHaveLength(1);
    expect(new Set((await reminded()).map(({ to }) => to)).size).toBe(peopleWithKey.length);
    expect(await reminded()).toHaveLength(peopleWithKey.length);
    const left = await toProof(an);
    expect(gotCode(await giveCode(left, codeOf(an)))).toBe(true);
  }, 120_000);

  const mailsSent = () => many.kept.messages();

  async function endsInTenDays(factor: string): Promise<void> {
    const now = systemClock.now();
    const rules = [{ scope: { kind: 'all' }, announceAt: now - 60_000, sunsetAt: now + 10 * 86_400_000 }] as const;
    const schedule = { factor, zone: 'UTC', after: 're-enrol', replacements: [], rules } as const;
    const set = (schedules: Schedules) => ({ ...schedules, [factor]: schedule });
    await many.services.schedules.change('test', set, { sendNow: true });
  }

  /** Heartbeats and the lease, as the store has them. */
  async function leaderNode(): Promise<{ readonly id: string; readonly label: string }> {
    const { storage } = many.services;
    looking ??= {
      leases: storage.collection<{ node: string }>({ name: 'leader-lease' }),
      nodes: storage.collection<{ label: string }>({ name: 'nodes' }),
    };
    const id = (await looking.leases.get('background'))?.value.node ?? '';
    return { id, label: (await looking.nodes.get(id))?.value.label ?? '' };
  }
  let looking:
    { readonly leases: Collection<{ node: string }>; readonly nodes: Collection<{ label: string }> } | undefined;
});
