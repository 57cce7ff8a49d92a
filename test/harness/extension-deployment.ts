/**
 * A deployment whose authenticator app ends for everybody in December 2023, with bounds on extensions, and its commands
 * about last days that are not everybody's.
 */
import { adminServices, type AdminServices, type Told } from './admin-services.ts';

const configuration = `issuer: http://localhost:4000
name: Test
state: state
mail: { outbox: true }
extensions: { mostDays: 60, mostPercent: 25 }
factors:
  token-card: {}
  email-otp: { recommended: true }
  authenticator-app: {}
clients:
  - { id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
  - { id: bank, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }
`;
const app = { factor: 'authenticator-app', data: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
const people = [
  ...['an', 'bart', 'carla', 'dirk'].map((username) => ({ username, keys: [app], groups: ['staff'] })),
  { username: 'emma', keys: [app], groups: ['pilot'] },
  ...['frank', 'greet', 'hugo'].map((username) => ({ username, keys: [app] })),
  { username: 'nobody', groups: ['empty'] },
  { username: 'off', keys: [app], disabled: true },
].map((person) => ({ ...person, email: `${person.username}@example.org`, language: 'en' }));

export interface ExtensionDeployment {
  readonly admin: AdminServices;
  /** `person extend`, with a reason unless `more` has one. */
  extend(who: string, until: string, ...more: readonly string[]): Promise<Told>;
  lift(who: string, ...more: readonly string[]): Promise<Told>;
  /** `factor schedule authenticator-app`; words are split at spaces. */
  schedule(words: string, ...more: readonly string[]): Promise<Told>;
  /** Lines of the audit log. */
  trail(action: string): Promise<readonly Record<string, unknown>[]>;
}

export async function extensionDeployment(): Promise<ExtensionDeployment> {
  const admin = await adminServices({ configuration, onStoreOfRun: true });
  await admin.rekey('person import -', people.map((one) => JSON.stringify(one)).join('\n'));
  await admin.rekey(
    'factor schedule authenticator-app --until-and-including 2023-12-09 --zone Europe/Brussels --after re-enrol',
  );
  return {
    admin,
    extend: (who, until, ...more) =>
      admin.rekey([
        ...`person extend ${who} --factor authenticator-app --until-and-including`.split(' '),
        until,
        ...(more.includes('--reason') ? [] : ['--reason', 'abroad until January']),
        '--json',
        ...more,
      ]),
    lift: (who, ...more) =>
      admin.rekey(['person', 'extend', who, '--factor', 'authenticator-app', '--lift', '--json', ...more]),
    schedule: (words, ...more) =>
      admin.rekey([...`factor schedule authenticator-app ${words} --json`.split(' '), ...more]),
    trail: async (action) => (await admin.rekey(`audit list --action ${action} --json`)).json(),
  };
}

/** Codes of the refusals. */
export const refusalCodes = (told: Told): readonly string[] | undefined =>
  told.json<{ refused?: { code: string }[] }>().refused?.map(({ code }) => code);
