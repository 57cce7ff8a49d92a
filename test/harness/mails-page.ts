/** docs/mails.md: every mail with example values, subjects in all languages and the text in English. */
import { nameOf, writeExample } from '../../admin/use-cases/mail-preview.ts';
import { openDrawing } from '../../app/drawing.ts';
import { allLanguages } from '../../views/i18n.ts';
import { adminServices } from './admin-services.ts';

const configuration = `issuer: http://localhost:4000
name: { nl: Mijn stad, fr: Ma ville, de: Meine Stadt, en: My city }
state: state
mail: { outbox: true }
sms: { outbox: true, countries: [BE] }
activation: { enabled: true }
factors:
  token-card: {}
  email-otp: {}
  sms: { settings: { homeCountry: BE } }
  authenticator-app: {}
clients: [{ id: tax, name: My taxes, secret: 0123456789abcdef, redirectUris: [https://tax.example/cb] }]
`;

export async function mailsPage(): Promise<string> {
  const admin = await adminServices({ configuration, now: Date.parse('2026-11-09T10:00:00Z') });
  const services = await admin.open();
  const { renderer } = openDrawing(services);
  const facts = { ...services, zone: 'Europe/Brussels', dated: ['token-card'] };
  const parts = renderer.messages.map((kind) => {
    const written = allLanguages.map((language) => writeExample(renderer, facts, { kind, language }));
    const subjects = written.flatMap(({ language, subject }) =>
      subject === undefined ? [] : [`- ${language}: ${subject}`],
    );
    const text = written.find(({ language }) => language === 'en')?.text.trim() ?? '';
    return [
      `## ${nameOf(kind)}`,
      ...(subjects.length === 0 ? [] : [subjects.join('\n')]),
      `\`\`\`text\n${text}\n\`\`\``,
    ].join('\n\n');
  });
  await admin.close();
  return `${[head, ...parts].join('\n\n')}\n`
    .replaceAll('http://localhost:4000', 'https://login.example')
    .replaceAll('localhost:4000', 'login.example');
}

const head = `# Mails and text messages

Everything that people are sent, with example values, as \`npm run docs:mails\` writes it. \`rekey texts preview\` draws the same for a deployment, with its words and its look, and \`rekey mail preview\` sends one. A mail goes out as plain text and as HTML of the same words, in one column, light or dark as the reader's program is; times are in the zone of the deployment and name it.

![A mail on a light and on a dark ground](images/mail.png)`;
