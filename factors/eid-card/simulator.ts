/** Plays the person's side: a few cards of a test country, one for each device in turn. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCountry } from '../../test/eid-world/country.ts';
import { signToken } from '../../test/eid-world/software-card.ts';
import { writeCountry } from '../../test/eid-world/trust-folder.ts';
import { readTrust } from './trust.ts';
import type { Device, Sight, Simulator } from '../kit/simulator.ts';

const origin = 'http://localhost:3000';
const country = await createCountry(Date.parse('2024-01-10T11:00:00Z'));
const cards = await Promise.all(
  ['71715100070', '71715100171', '71715100272', '71715100373'].map((number) => country.card({ numbers: [number] })),
);
const folder = mkdtempSync(join(tmpdir(), 'rekey-card-simulator-'));
const places = writeCountry(folder, country);
const settings = { linkKey: 'a link key of the card simulator, 32+', ...places };
// Read once and kept: the folder is needed no more.
readTrust(places);
rmSync(folder, { recursive: true });
let taken = 0;

function createDevice(): Device {
  const card = cards[taken % cards.length];
  taken += 1;
  if (card === undefined) throw new Error('There are no cards.');
  const answer = ({ shows }: Sight, now: number, nonce = String(shows['nonce'])) => {
    country.responder.now = now;
    return { token: JSON.stringify(signToken(card, { origin, nonce })) };
  };
  return {
    confirm: answer,
    take: () => undefined,
    answer,
    wrongAnswer: (sight, now) => answer(sight, now, 'a question that nobody has asked here'),
  };
}

const simulator: Simulator = {
  createDevice,
  settings: [settings, { ...settings, renewedCard: 'accept' }],
  showsSecretAtEnrolment: false,
  olderSecrets: [],
  open: ['nonce', 'id'],
};
export default simulator;
