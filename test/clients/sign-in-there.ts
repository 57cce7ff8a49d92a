/** What every client is put to: a person signs in, comes again without a page, signs out where the page says so. */
import { expect, test } from '@jest/globals';
import { HttpAgent, type Page } from '../harness/http-agent.ts';
import { signInByMail } from '../harness/sign-in-by-mail.ts';
import { follow, type Followed, type Following } from './follow.ts';

interface Shown {
  readonly name: string;
  readonly email: string;
  readonly username: string;
}

export interface Client extends Following {
  /** Where people begin. Default: the application's own address. */
  readonly start?: string;
  /** What the application shows in the end. Default: name and e-mail address. */
  readonly shows?: (person: Shown) => readonly string[];
  /** Where that is shown. Default: where the sign-in ends. */
  readonly shownAt?: string;
  /** Where the application signs out, with return to it; `{app}` is its address, encoded. */
  readonly logout?: string;
  /** Presses the buttons that the application itself shows before it sends people away. */
  readonly onward?: (agent: HttpAgent, page: Page) => Promise<Page>;
}

/** A test of the page `name`. What is missing on the machine is said, and fails where `CI=true`. */
export function followed(name: string, client: Client): void {
  test(`A-602 ${name}: the page, followed to the letter, signs people in`, async () => {
    const there = await follow(name, client);
    expect(there).toBeDefined();
    if ('missing' in there) return void process.stderr.write(`not tried: ${there.missing}\n`);
    try {
      await signInThere(there, client);
    } catch (error) {
      if (error instanceof Error) error.message += `\n${there.said().slice(-3000)}`;
      throw error;
    } finally {
      await there.close();
    }
  }, 900_000);
}

async function signInThere(there: Followed, client: Client): Promise<void> {
  const { product, app } = there;
  const an = await product.addPerson({ keys: ['email-otp'] });
  const agent = new HttpAgent();
  const texts = client.shows?.({ name: 'An Peeters', email: an.email, username: an.username }) ?? [
    'An Peeters',
    an.email,
  ];
  const away = async (): Promise<Page> => {
    const page = await agent.get(`${app}${client.start ?? ''}`, { from: undefined });
    return isOurs(there, page) ? page : ((await client.onward?.(agent, page)) ?? page);
  };
  const expectSignedIn = async (page: Page): Promise<void> => {
    expect(page.url).toContain(app);
    const shown = client.shownAt === undefined ? page : await agent.get(`${app}${client.shownAt}`);
    expect({ at: shown.url, status: shown.status }).toMatchObject({ status: 200 });
    for (const text of texts) expect(decoded(shown.body)).toContain(text);
  };

  const first = await away();
  expect({ at: first.url, status: first.status, ours: isOurs(there, first) }).toMatchObject({ ours: true });
  await expectSignedIn(await signInByMail(product, an, agent, first));

  // Another visit, to which the application knows nobody: no page is shown.
  const kept = agent.cookies.filter(({ host }) => host !== '127.0.0.1');
  agent.cookies.splice(0, agent.cookies.length, ...kept);
  await expectSignedIn(await away());

  if (client.logout === undefined) return;
  const asked = await agent.get(`${app}${client.logout.replace('{app}', encodeURIComponent(app))}`);
  // With the hint of this session nothing is asked.
  const isQuestion = asked.body.includes('name="logout"');
  const after = isQuestion ? await agent.submit(asked, { logout: 'yes' }) : asked;
  expect(after.url).not.toContain('/session/end');
  const again = await away();
  expect(isOurs(there, again)).toBe(true);
}

const isOurs = ({ product }: Followed, page: Page): boolean =>
  page.url.startsWith(product.issuer) && /data-step="/.test(page.body);

const decoded = (body: string): string => body.replaceAll('&#x27;', "'").replaceAll('&#64;', '@');
