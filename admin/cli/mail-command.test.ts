import { afterEach, describe, expect, test } from '@jest/globals';
import { adminServices, type AdminServices } from '../../test/harness/admin-services.ts';
import { startRefusingSmtp, type SmtpStep } from '../../test/harness/smtp-refusing.ts';
import { greetingName } from '../../app/mail.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function withServer(replies: Partial<Record<SmtpStep, string>>, more = ''): Promise<AdminServices> {
  const server = await startRefusingSmtp(replies);
  const services = await adminServices({
    configuration: `issuer: https://login.example.org
name: Test
state: state
mail:
  smtp:
    host: 127.0.0.1
    port: ${server.port}
    security: none
    user: rekey
    password: mail-secret-1
    from: { name: Test, address: no-reply@example.org }
    ${more}
factors: { email-otp: { recommended: true } }
clients: [{ id: tax, secret: 0123456789abcdef, redirectUris: [https://tax.example.org/cb] }]
`,
  });
  closing.push(
    () => server.close(),
    () => services.close(),
  );
  return services;
}

describe('A-218e mail test', () => {
  test('each answer of the server is printed, no secret is, and it is an audit event', async () => {
    const services = await withServer({});
    const told = await services.rekey('mail test els@example.org');
    expect([told.exit, told.out]).toEqual([0, 'The server has taken the mail to els@example.org.\n']);
    expect(told.err.split('\n').filter((line) => line !== '')).toEqual(
      expect.arrayContaining([
        '< 220 double ESMTP',
        '> EHLO login.example.org',
        '> AUTH PLAIN',
        '< 235 2.7.0 welcome',
        '> MAIL FROM:<no-reply@example.org>',
        '> RCPT TO:<els@example.org>',
        '< 354 go on',
        '< 250 2.0.0 taken',
      ]),
    );
    const secret = Buffer.from('\0rekey\0mail-secret-1').toString('base64');
    expect(told.err).not.toMatch(new RegExp(`mail-secret-1|${secret}`));
    const lines = (await services.rekey('audit list --action mail.tested --json')).json<object[]>();
    expect(lines).toMatchObject([{ actor: 'cli:ann', facts: { destination: 'e…@example.org', kind: 'sent' } }]);
  });

  test.each<[Partial<Record<SmtpStep, string>>, RegExp]>([
    [{ 'MAIL FROM': '550 5.7.60 not as this one' }, /refuses this service.*MAIL FROM 550 5\.7\.60/],
    [{ AUTH: '535 5.7.8 no' }, /refuses this service.*AUTH PLAIN 535 5\.7\.8/],
    [{ 'RCPT TO': '550 5.1.1 nobody' }, /refuses this recipient.*RCPT TO 550 5\.1\.1/],
    [{ 'RCPT TO': '451 later' }, /not taken for now.*RCPT TO 451/],
  ])('%j: %s', async (replies, says) => {
    const services = await withServer(replies);
    const told = await services.rekey('mail test els@example.org');
    expect(told.exit).toBe(1);
    expect(told.err).toMatch(says);
    expect(told.err).toContain(`< ${Object.values(replies)[0]}`);
    const asJson = await services.rekey('mail test els@example.org --json');
    expect(asJson.json()).toMatchObject({ refused: [{ code: 'mail_not_taken' }] });
  });

  test('an invalid address, and a deployment without a server', async () => {
    const services = await withServer({}, 'name: mx.example.net');
    expect((await services.rekey('mail test els@')).exit).toBe(1);
    expect((await services.rekey('mail test els@example.org')).err).toContain('> EHLO mx.example.net');
    const without = await adminServices();
    closing.push(() => without.close());
    expect((await without.rekey('mail test els@example.org --json')).json()).toMatchObject({
      refused: [{ code: 'mail_kept' }],
    });
  });

  test.each([
    ['login.example.org', 'login.example.org'],
    ['localhost', 'localhost'],
    ['192.0.2.7', '[192.0.2.7]'],
    ['[2001:db8::7]', '[IPv6:2001:db8::7]'],
  ])('A-218d the issuer’s host %s is greeted as %s', (host, name) => expect(greetingName(host)).toBe(name));
});
