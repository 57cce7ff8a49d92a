/** Products whose card has dates that tests move, and what the audit trail says of it. */
import type { ScheduleRule } from '../../factors/policy/types.ts';
import { startProduct, type NewPerson, type Overrides, type Product } from '../harness/product.ts';
import { relyingParty, type RelyingParty } from '../harness/relying-party.ts';

const rules = { limits: { pauseAfter: 20, blockAfter: 100, sendPerHour: 100, sendPerDay: 1000, sendEverySeconds: 1 } };

/** `start` opens products, which `close` ends. */
export function datedCards(): {
  readonly start: (
    overrides: Overrides,
    at?: number,
  ) => Promise<{ readonly product: Product; readonly rp: RelyingParty }>;
  readonly close: () => Promise<void>;
} {
  const open: Product[] = [];
  return {
    async start(overrides: Overrides, at?: number): Promise<{ readonly product: Product; readonly rp: RelyingParty }> {
      const product = await startProduct({ ...rules, ...overrides }, at === undefined ? {} : { at });
      open.push(product);
      return { product, rp: await relyingParty(product.issuer, product.client) };
    },
    async close(): Promise<void> {
      for (const one of open.splice(0)) await one.close();
    },
  };
}

export const audited = async (product: Product, person: NewPerson, action: string) => {
  await product.app.flush();
  return product.services.audit.list({ limit: 1000, filter: { person: person.person.id, action } });
};
/** Sets the card's dates, as an administrator does while people sign in. */
export const reschedule = (product: Product, rule: Partial<ScheduleRule>, after: 'refuse' | 're-enrol' = 're-enrol') =>
  product.services.schedules.change('cli:test', (schedules) => ({
    ...schedules,
    'token-card': {
      factor: 'token-card',
      rules: [{ scope: { kind: 'all' }, ...rule }],
      after,
      replacements: ['email-otp', 'authenticator-app'],
      zone: 'Europe/Brussels',
    },
  }));
