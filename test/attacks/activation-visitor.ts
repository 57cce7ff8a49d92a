/** Moves through the pages of an activation by link and paper code. */
import { afterAll, beforeAll } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { activating, type Registered } from '../harness/activation-desk.ts';
import { startProduct, type Product } from '../harness/product.ts';
import { stepOf } from './visitor.ts';

export let product: Product;

export const password = 'Tulpen uit Haarlem 43';
export const account = async ({ id }: Pick<Registered, 'id'>) => product.services.people.get(id);
export const everything = async (given: Pick<Registered, 'id'>) => {
  const { pending: _sent, activation, ...rest } = (await account(given)) ?? { pending: [] };
  const { openedAt: _opened, ...issued } = activation ?? {};
  return { ...rest, issued };
};
const stateOf = (agent: HttpAgent) => agent.url ?? '';

/** From the link to the page that asks for the code. */
export async function open(agent: HttpAgent, { link }: Pick<Registered, 'link'>): Promise<Page> {
  const page = await agent.get(link);
  if (stepOf(page) !== 'activation') return page;
  return agent.post(page.url, { action: 'begin' }, { from: page.url });
}

export class Visitor {
  readonly agent = new HttpAgent();
  base = '';
  async begin(given: Pick<Registered, 'link'>): Promise<Page> {
    const page = await open(this.agent, given);
    this.base = /^.*\/interaction\/[^/]+/.exec(stateOf(this.agent))?.[0] ?? '';
    return page;
  }
  send(step: string, fields: Readonly<Record<string, string>>): Promise<Page> {
    return this.agent.post(`${this.base}/${step}`, fields, { from: this.base });
  }
  code(code: string, copy = ''): Promise<Page> {
    return this.send('paper-code', { code, copy, action: 'continue' });
  }
  /** Until the registration code is asked for. */
  async toKey(given: Registered, username: string): Promise<Page> {
    await this.begin(given);
    await this.code(given.code);
    await this.send('select-key', { key: 'email-otp' });
    return this.send('choose-name', { username, password, again: password, action: 'continue' });
  }
  async finish({ email }: Registered): Promise<Page> {
    const { text } = await product.mailTo(email, /\b\d{6}\b/);
    return this.send('activate-key', { code: /\b\d{6}\b/.exec(text)?.[0] ?? '', action: 'continue' });
  }
}

export const shownSecret = (page: Page): string => /<code[^>]*>([A-Z2-7 ]+)<\/code>/.exec(page.body)?.[1] ?? '';
export let names = 0;
export const name = () => `an.peeters.${(names += 1)}`;

/** Starts the product before the tests of a file, and closes it after them. */
export function withActivations(): void {
  beforeAll(async () => {
    product = await startProduct({ ...activating, sites: { selfService: true } });
  });
  afterAll(() => product.close());
}
