/**
 * The server is killed at random while people sign in and move from the card to an app: everything that a person was
 * told has happened, and nothing is half done.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addPerson, type NewPerson } from '../harness/product.ts';
import { seeded } from '../harness/storage-wrappers.ts';
import { allIsSaid, serverToKill, movedOf, type ServerToKill } from './server-to-kill.ts';
import { migrate } from './people-on-the-move.ts';

const kills = 50;
const people = 40;
const atOnce = 6;
const chance = seeded(20_240_131);

let at: ServerToKill;
let cast: NewPerson[];

beforeAll(async () => {
  at = await serverToKill({ count: 8, warnAt: 2, reuse: 'reusable' });
  cast = await Promise.all(Array.from({ length: people }, () => addPerson(at.services, { keys: ['token-card'] })));
}, 120_000);
afterAll(() => at.close());

test(`D-02, D-04, D-08 killed ${kills} times: nothing acknowledged is lost, nothing is half done, every notice is sent`, async () => {
  const told = new Set<string>();
  const open = [...cast];
  const readyAfter = [await at.start()];
  let killed = 0;
  const going = { on: true };
  let lastFault: unknown;

  const worker = async (): Promise<void> => {
    for (let person = open.shift(); person && going.on; person = open.shift()) {
      for (;;) {
        try {
          if (await migrate(at.issuer, person)) told.add(person.person.id);
          break;
        } catch (error) {
          lastFault = error;
          // Cut off by a kill: the person begins again.
          await new Promise((resolve) => setTimeout(resolve, 30));
          if (!going.on) return;
        }
      }
      // Everybody has moved while the server is still to be killed: continue with a new person.
      if (open.length === 0 && killed < kills)
        open.push(await addPerson(at.services, { keys: ['token-card'] }).then((one) => (cast.push(one), one)));
    }
  };
  const workers = Array.from({ length: atOnce }, worker);
  while (killed < kills) {
    await new Promise((resolve) => setTimeout(resolve, 100 + chance() * 700));
    await at.kill();
    killed += 1;
    readyAfter.push(await at.start());
  }
  const patience = setTimeout(() => (going.on = false), 120_000);
  await Promise.all(workers);
  clearTimeout(patience);
  if (!going.on) throw new Error('People cannot finish any more.', { cause: lastFault });

  const moved = await movedOf(at.services, cast, told);
  expect(moved.length).toBeGreaterThan(0);
  await allIsSaid(at.services, moved);
  console.log(
    `killed ${killed} times, ${moved.length} moved, ${told.size} told; ready after ${Math.round(Math.max(...readyAfter))} ms at most`,
  );
}, 300_000);
