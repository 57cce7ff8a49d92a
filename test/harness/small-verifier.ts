/** A verifier of keys over a small real store, with two factors that judge words. */
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { z } from 'zod';
import { createPeople, type People } from '../../accounts/person-store.ts';
import type { AuditEvent, Key, Person } from '../../accounts/person.ts';
import { createSecretBox } from '../../adapters/secret-box.ts';
import { factorTools } from './factor-tools.ts';
import { temporaryStore, type TemporaryStore } from './temporary-store.ts';
import { defineFactor, type Factor, type Input, type Strength } from '../../factors/contract.ts';
import type { Asked, Occasion } from '../../digital-keys/occasion.ts';
import type { EffectiveSchedule } from '../../factors/policy/types.ts';
import { createSealing } from '../../digital-keys/seal-state.ts';
import { createVerifyKey } from '../../digital-keys/verify-key.ts';
import { blankAccount } from './blank-account.ts';

export const now = 1_700_000_000_000;
export const sealing = createSealing(createSecretBox(Buffer.alloc(32, 7)));
const secretState = z.strictObject({ name: z.string(), left: z.int().min(0), until: z.int().optional() });
const challengeState = z.strictObject({ length: z.int() });

/** What a test sets: what runs while an answer is compared, and the dates of the factor. */
export const scene: { meanwhile: () => Promise<unknown>; schedule: Partial<EffectiveSchedule> | undefined } = {
  meanwhile: async () => {},
  schedule: undefined,
};
const never = () => Promise.reject(new Error('Not part of these tests.'));
/** Codes that are used up; the code names the strength of its proof. */
const bare = defineFactor({
  id: 'bare',
  settings: z.strictObject({}),
  states: { secret: secretState, pending: z.strictObject({}), challenge: challengeState },
  traits: { many: true, selfService: true, script: false },
  begin: never,
  confirm: never,
  challenge: async () => ({ ok: true, value: { challenge: { length: 12 }, shows: {} } }),
  async verify(_tools, secret, _challenge, { code = '' }) {
    await scene.meanwhile();
    const strength = z.enum(['low', 'substantial', 'high']).safeParse(code);
    if (!strength.success) return { ok: false, reason: 'code_wrong' };
    return { ok: true, value: { secret: { ...secret, left: secret.left - 1 }, facts: strength.data } };
  },
  strength: () => 'high',
  assure: (strength: Strength) => ({
    amr: ['otp'],
    strength,
    possession: true,
    userVerified: false,
    hardware: false,
    phishingResistant: false,
    otherChannel: false,
  }),
  health: ({ name, left, until }, at) =>
    name === 'used up'
      ? { kind: 'exhausted' }
      : until !== undefined
        ? until - at > 1000
          ? { kind: 'healthy', until }
          : { kind: 'renew-soon', until }
        : left > 2
          ? { kind: 'healthy' }
          : { kind: 'renew-soon', left },
  describe: ({ left }) => ({ detail: `${left} left` }),
});
export const slips: Factor = {
  ...bare,
  id: 'slips',
  select(secrets, { name }) {
    const at = secrets.findIndex((secret) => secretState.parse(secret).name === name);
    return at === -1 ? undefined : at;
  },
  wellFormed: (_secret, challenge, { code = '' }) => code.length <= challengeState.parse(challenge).length,
};
export const plain: Factor = { ...bare, id: 'plain', traits: { ...bare.traits, fallback: true } };

export let store: TemporaryStore;
export let people: People;
export let noted: AuditEvent[];
export let alarms: unknown[];
export const verifier = () =>
  createVerifyKey({
    people,
    registry: { get: (id) => [slips, plain].find((factor) => factor.id === id) },
    sealing,
    limits: { pauseAfter: 3, blockAfter: 5, sendEverySeconds: 60, sendPerHour: 10, sendPerDay: 10 },
    sendMessages: async () => ({ ok: true, value: [] }),
    // Only the fields that are read.
    scheduleOf: async () => scene.schedule as EffectiveSchedule | undefined,
    toolsFor: () => factorTools({}, now),
    note: (event) => noted.push(event),
    alarm: (alarm) => alarms.push(alarm),
  });

export let accounts = 0;
export const sealed = (person: string, id: string, left = 9, name = id) =>
  sealing.sealKey(slips, person, id, { name, left });
export function keyOf(person: string, id: string, over: Partial<Key> = {}): Key {
  return {
    id,
    factor: 'slips',
    detail: '',
    status: 'active',
    strength: 'low',
    boundAt: 1,
    source: 'enrolled',
    attempts: { count: 0, lastAt: 0 },
    sealed: sealed(person, id),
    ...over,
  };
}
/** An account with the keys `other` and `mine`. */
export async function newPerson(mine: Partial<Key> = {}, over: Partial<Person> = {}): Promise<Person> {
  const id = `person-${(accounts += 1)}`;
  const added = await people.add({
    ...blankAccount,
    id,
    username: id,
    email: { address: 'an@example.org', verifiedAt: 1 },
    keys: [keyOf(id, 'other'), keyOf(id, 'mine', mine)],
    ...over,
  });
  if (!added.ok) throw new Error(added.taken);
  return added.person;
}
export const occasion: Occasion = { interaction: 'uid', client: 'bank', language: 'nl', purpose: 'sign-in' };
export const asked: Asked = {
  key: 'mine',
  factor: 'slips',
  sealed: sealing.sealState(slips, 'challenge', 'uid', { length: 12 }),
  shows: {},
  detail: '',
  messages: [],
};
export const answer = (person: Person, input: Input, over: Partial<Asked> = {}, at: Partial<Occasion> = {}) =>
  verifier().verify(person.id, { ...asked, ...over }, input, { ...occasion, ...at });
export const keyIn = async ({ id }: Person, key = 'mine') => (await people.get(id))?.keys.find((one) => one.id === key);
/** Messages to the person, and audit events, that wait for the relay. */
export const pendingOf = async ({ id }: Person) =>
  (await people.get(id))?.pending.map((item) =>
    item.kind === 'message' ? item.message.template : item.kind === 'audit' ? item.event.action : item.kind,
  );

export interface Case {
  readonly key?: Partial<Key>;
  readonly person?: Partial<Person>;
  readonly asked?: Partial<Asked>;
  readonly input?: Input;
  readonly dates?: Partial<EffectiveSchedule>;
  readonly purpose?: Occasion['purpose'];
  readonly reason: string;
  readonly until?: number;
}
export const fails = (count: number, ago = 86_400_000) => ({ attempts: { count, lastAt: now - ago } });
export const ended: Partial<EffectiveSchedule> = { status: 'sunset', after: 're-enrol' };

/** Registers the hooks of a test file: one store, and a scene of its own for every test. */
export function withVerifier(): void {
  beforeAll(async () => {
    store = await temporaryStore();
    people = createPeople({ storage: store.storage, secretBox: createSecretBox(Buffer.alloc(32, 7)) });
  });
  afterAll(() => store.close());
  beforeEach(() => {
    scene.meanwhile = async () => {};
    scene.schedule = undefined;
    noted = [];
    alarms = [];
  });
}
