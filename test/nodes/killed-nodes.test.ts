/**
 * Nodes and the database are killed at random while people sign in: everybody gets in, nobody twice by one code, and
 * the audit log is one chain.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { generateSync } from 'otplib';
import { systemClock } from '../../time/clock.ts';
import { begin, giveCode, givePassword, gotCode, send, stepOf } from '../attacks/visitor.ts';
import { startManyNodes, type ManyNodes } from '../harness/many-nodes.ts';
import { addPerson, type NewPerson } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { seeded } from '../harness/storage-wrappers.ts';
import { withMongodb } from '../harness/with-mongodb.ts';

const kills = { atLeast: 7, ofTheServer: 3 };
const atOnce = 6;
/** People who were interrupted give the next code at once, before its step begins. */
const ahead = { settings: { window: { future: 1 } } };
const chance = seeded(20_240_131);

withMongodb('nodes that are killed', () => {
  let many: ManyNodes;
  let rp: RelyingParty;
  beforeAll(async () => {
    // A person who is interrupted tries again and again: no pause for that here.
    const limits = { pauseAfter: 20, blockAfter: 100 };
    many = await startManyNodes(4, { factors: { 'authenticator-app': ahead }, limits });
    rp = await relyingParty(many.issuer, many.client);
  }, 120_000);
  afterAll(() => many?.close(), 60_000);

  /** Ends with an ID token of this person, or `undefined` after an interruption. */
  const tryOnce = async (an: NewPerson, codeOf: () => Promise<string>): Promise<string | undefined> => {
    try {
      const visit = await begin(rp);
      await send(visit, 'choose-key', { key: 'authenticator-app' });
      if (stepOf(await givePassword(visit, an)) !== 'prove-key') return undefined;
      const page = await giveCode(visit, await codeOf());
      if (!gotCode(page) || !page.left) return undefined;
      return (await rp.finish(visit.pending, page.left)).claims()?.sub;
    } catch {
      return undefined;
    }
  };
  const stepNow = () => Math.floor(systemClock.now() / 30_000);
  const signIn = async (
    an: NewPerson,
  ): Promise<{ readonly sub: string; readonly code: string; readonly tries: number }> => {
    let given = 0;
    let code = '';
    // A code that was judged by a node that then died is used up: the next one is taken, as soon as it is good (a step
    // ahead). The same one again and again would only be counted as wrong.
    const nextCode = async (): Promise<string> => {
      given = Math.max(stepNow(), given + 1);
      while (given > stepNow() + 1) await delay(250);
      code = generateSync({ secret: an.totp, epoch: given * 30 });
      return code;
    };
    for (let tries = 1; tries < 60; tries += 1) {
      const sub = await tryOnce(an, nextCode);
      if (sub !== undefined) return { sub, code, tries };
      await delay(1_000);
    }
    throw new Error(`${an.username} never came in.`);
  };

  /** The store may be down for a moment. */
  const newPerson = async (): Promise<NewPerson> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await addPerson(many.services, { keys: ['authenticator-app'] });
      } catch (error) {
        if (tries === 20) throw error;
        await delay(500);
      }
    }
  };

  test('D-12 everybody comes in all the same', async () => {
    const came: { readonly an: NewPerson; readonly sub: string; readonly code: string; readonly tries: number }[] = [];
    const course = { killed: 0, underWay: 0, met: 0 };
    // However fast the machine is: people come until nodes and server were killed often enough, and somebody had to
    // begin anew.
    const isOver = () => course.killed >= kills.atLeast && came.some(({ tries }) => tries > 1);
    const killing = (async () => {
      while (!isOver()) {
        await delay(200 + chance() * 800);
        if (course.underWay > 0) course.met += 1;
        course.killed += 1;
        if (course.killed === kills.ofTheServer) {
          await many.server.kill();
          await delay(1_000);
          await many.server.restart();
          continue;
        }
        const index = Math.floor(chance() * many.nodes.length);
        await many.nodes[index]?.kill();
        const next = await many.start().catch(() => undefined);
        if (next) many.nodes[index] = next;
      }
    })();
    const worker = async () => {
      while (!isOver()) {
        const an = await newPerson();
        course.underWay += 1;
        came.push({ an, ...(await signIn(an)) });
        course.underWay -= 1;
        await delay(chance() * 300);
      }
    };
    await Promise.all([killing, ...Array.from({ length: atOnce }, worker)]);

    expect(course.met).toBeGreaterThan(kills.atLeast / 2);
    expect(new Set(came.map(({ sub }) => sub)).size).toBe(came.length);
    for (const { an, code } of came) {
      expect((await many.services.people.get(an.person.id))?.keys[0]?.lastUsedAt).toEqual(expect.any(Number));
      expect(await tryOnce(an, async () => code)).toBeUndefined();
    }
    expect(await many.services.audit.verify()).toMatchObject({ ok: true });
  }, 300_000);
});
