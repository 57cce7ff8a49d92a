/** Nodes, and the database itself, are killed at random while people sign in: everybody comes in, nobody twice by one code, and the trail is one chain. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateSync } from 'otplib';
import { systemClock } from '../../adapters/clock.ts';
import { begin, giveCode, givePassword, gotCode, send, stepOf } from '../attacks/visitor.ts';
import { startManyNodes, type ManyNodes } from '../harness/many-nodes.ts';
import { addPerson, type NewPerson } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';
import { seeded } from '../harness/storage-wrappers.ts';
import { withMongodb } from '../harness/with-mongodb.ts';

const people = 60;
const atOnce = 6;
const chance = seeded(20_240_131);

withMongodb('nodes that are killed', () => {
  let many: ManyNodes;
  let rp: RelyingParty;
  let cast: readonly NewPerson[];
  beforeAll(async () => {
    // Whoever is cut off again and again has tried again and again: no pause for that here.
    const limits = { pauseAfter: 20, blockAfter: 100 };
    many = await startManyNodes(4, { factors: { 'authenticator-app': {} }, limits });
    rp = await relyingParty(many.issuer, many.client);
    cast = await Promise.all(
      Array.from({ length: people }, () => addPerson(many.house, { keys: ['authenticator-app'] })),
    );
  }, 120_000);
  afterAll(() => many?.close(), 60_000);

  /** Ends with an ID token of this person, or `undefined` when something was in the way. */
  const tryOnce = async (an: NewPerson, code: string): Promise<string | undefined> => {
    try {
      const visit = await begin(rp);
      await send(visit, 'choose-key', { key: 'authenticator-app' });
      if (stepOf(await givePassword(visit, an)) !== 'prove-key') return undefined;
      const page = await giveCode(visit, code);
      if (!gotCode(page) || !page.left) return undefined;
      return (await rp.finish(visit.pending, page.left)).claims()?.sub;
    } catch {
      return undefined;
    }
  };
  const codeNow = (an: NewPerson, steps: number) =>
    generateSync({ secret: an.totp, epoch: Math.floor(systemClock.now() / 1000) + steps * 30 });
  const signIn = async (
    an: NewPerson,
  ): Promise<{ readonly sub: string; readonly code: string; readonly tries: number }> => {
    for (let tries = 1; tries < 60; tries += 1) {
      // A code that was judged by a node that then died is used up: the next one is taken.
      const code = codeNow(an, tries % 2);
      const sub = await tryOnce(an, code);
      if (sub !== undefined) return { sub, code, tries };
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    throw new Error(`${an.username} never came in.`);
  };

  test('D-12 everybody comes in all the same', async () => {
    const course = { over: false };
    const killing = (async () => {
      for (let kills = 0; !course.over; kills += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1_000 + chance() * 1_500));
        if (course.over) break;
        if (kills === 3) {
          await many.server.kill();
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          await many.server.restart();
          continue;
        }
        const index = Math.floor(chance() * many.nodes.length);
        await many.nodes[index]?.kill();
        const next = await many.start().catch(() => undefined);
        if (next) many.nodes[index] = next;
      }
    })();
    const left = cast.values();
    const came: { readonly an: NewPerson; readonly sub: string; readonly code: string; readonly tries: number }[] = [];
    const worker = async () => {
      for (const an of left) came.push({ an, ...(await signIn(an)) });
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    course.over = true;
    await killing;

    expect(came).toHaveLength(people);
    expect(new Set(came.map(({ sub }) => sub)).size).toBe(people);
    expect(came.some(({ tries }) => tries > 1)).toBe(true);
    for (const { an, code } of came) {
      expect((await many.house.people.get(an.person.id))?.keys[0]?.lastUsedAt).toEqual(expect.any(Number));
      expect(await tryOnce(an, code)).toBeUndefined();
    }
    expect(await many.house.audit.verify()).toMatchObject({ ok: true });
  }, 300_000);
});
