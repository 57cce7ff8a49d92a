import type { Device, Sight, Simulator } from 'rekey/factor';

/** The fob in the hand of its person. */
function createDevice(): Device {
  let numbers: readonly string[] = [];
  const at = (name: unknown): string => {
    const [column = '', row = ''] = String(name);
    return numbers[(Number(row) - 1) * 5 + 'ABCDE'.indexOf(column)] ?? '';
  };
  const right = ({ shows }: Sight): string => at(shows['first']) + at(shows['second']);
  return {
    confirm: () => ({}),
    take(clear) {
      numbers = clear['numbers'] as readonly string[];
    },
    answer: (sight) => ({ code: right(sight) }),
    wrongAnswer: (sight) => ({ code: String((Number(right(sight)) + 1) % 1_000_000).padStart(6, '0') }),
  };
}

const simulator: Simulator = {
  createDevice,
  settings: [{}, { months: 1, warnDays: 0 }],
  showsSecretAtEnrolment: false,
  // It is on the fob and in the list of keys, and opens nothing.
  open: ['serial'],
  olderSecrets: [],
};
export default simulator;
