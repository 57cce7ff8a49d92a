/**
 * A plastic fob with a grid of 5 × 5 numbers. An administrator issues it, it expires after some months, and a sign-in
 * asks for two of its numbers. The second example of `docs/add-a-factor.md`.
 */
import { accepted, defineFactor, refused } from 'rekey/factor';
import type { Health, Outcome, Proved, Tools } from 'rekey/factor';
import { normaliseCode } from 'rekey/factor-kit/normalise-code';
import { cellsOf, codeOf, makeFob, nameOfCell, printed, type Secret } from './grid.ts';
import { settings, states, type Settings } from './states.ts';

const oneDay = 86_400_000;

/** The core does not call them, since `traits.selfService` is false. */
const notByOneself = async () => refused('key_state_unreadable');

/** The question follows from the state alone, so that it stays the same until it is answered. */
async function challenge(_tools: Tools<Settings>, secret: Secret) {
  const number = secret.answered + 1;
  const [first, second] = cellsOf(secret.seed, number);
  return accepted({
    challenge: { version: 1 as const, serial: secret.serial, number },
    shows: { first: nameOfCell(first), second: nameOfCell(second) },
  });
}

export default defineFactor({
  id: 'grid-fob',
  settings,
  states,
  traits: { many: false, selfService: false, script: false },
  begin: notByOneself,
  confirm: notByOneself,
  challenge,
  /** Draws nothing by chance: parallel answers must give the same next state. */
  async verify(_tools, secret, { serial, number }, input): Promise<Outcome<Proved<Secret, object>>> {
    if (serial !== secret.serial) return refused('code_expired');
    if (number <= secret.answered) return refused('code_used');
    const typed = normaliseCode(input, 6);
    if (!typed.ok) return typed;
    if (typed.value !== codeOf(secret, number)) return refused('code_wrong');
    return accepted({ secret: { ...secret, answered: number }, facts: {} });
  },
  // The same numbers are asked for again and again, so a person who watches learns them.
  strength: () => 'low',
  assure: () => ({
    amr: ['otp'],
    strength: 'low',
    possession: true,
    userVerified: false,
    hardware: false,
    phishingResistant: false,
    otherChannel: false,
  }),
  health({ expiresAt: until }, now, { warnDays }): Health {
    return until - now <= warnDays * oneDay ? { kind: 'renew-soon', until } : { kind: 'healthy', until };
  },
  describe: ({ serial }) => ({ detail: serial }),
  issue: {
    noun: 'fob',
    async make({ random, now, settings: { months } }) {
      const secret = makeFob(random, now, months);
      const { serial, numbers } = secret;
      return {
        secret,
        document: {
          filename: `fob-${serial}.txt`,
          mediaType: 'text/plain; charset=utf-8',
          bytes: new TextEncoder().encode(printed(secret)),
        },
        clear: { serial, numbers },
      };
    },
  },
});
