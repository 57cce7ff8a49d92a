/**
 * The world that a factor is given, for tests: the clock stands where it is put, hashing is the real one at its
 * cheapest, the log is kept.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { PersonFacts, SlowHash, Tools } from '../contract.ts';

export const cheapHash: SlowHash = {
  hash: (secret) => hash(secret, { algorithm: 2, memoryCost: 8, timeCost: 1, parallelism: 1 }),
  matches: (phc, secret) => verify(phc, secret),
};

export interface TestTools<Settings> extends Tools<Settings> {
  /** Everything that the factor logged, as text. */
  readonly logged: string[];
}

export function factorTools<Settings>(settings: Settings, now: number, logged: string[] = []): TestTools<Settings> {
  return {
    settings,
    now,
    random: { bytes: (length) => randomBytes(length), int: (below) => randomInt(below) },
    hash: cheapHash,
    provider: { name: 'Mijn digitale sleutels', origin: 'http://localhost:3000' },
    fetch: (url, request) => fetch(url, request),
    wayBack: {
      state: 'a-sign-in.a-state-of-256-random-bits-for-one-question',
      returnTo: (site) => `http://localhost:3000/factor/the-factor/return/${site}`,
      language: 'nl',
    },
    log: (event, facts = {}) => logged.push(JSON.stringify({ event, ...facts })),
    logged,
  };
}

export const jan: PersonFacts = {
  id: 'p-jan',
  username: 'jan.peeters',
  displayName: 'Jan Peeters',
  email: 'jan.peeters@example.org',
  language: 'nl',
};

export const marie: PersonFacts = {
  id: 'p-marie',
  username: 'marie.dupont',
  displayName: 'Marie Dupont',
  email: 'marie.dupont@example.org',
  language: 'fr',
};
