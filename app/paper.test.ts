/** What a printed key is given by the deployment. */
import { expect, test } from '@jest/globals';
import { adminServices } from '../test/harness/admin-services.ts';

test('A-653 printed keys have the form of address, the help desk and the last day', async () => {
  const admin = await adminServices({
    configuration: `issuer: http://localhost:4000
name: Test
state: state
formOfAddress: informal
helpDesk: { name: Service desk, telephone: '+32 2 555 01 00' }
mail: { outbox: true }
factors: { token-card: {}, email-otp: {} }
clients: [{ id: tax, secret: 0123456789abcdef, redirectUris: [http://localhost:4001/cb] }]
`,
  });
  const { registry, paperFor } = await admin.open();
  const card = registry.get('token-card');
  if (!card) throw new Error('no card');
  const end = Date.parse('2026-12-10T00:00:00+01:00');
  const paper = await paperFor(card, 'de', { sunsetAt: end, zone: 'Europe/Brussels' });
  expect(paper.text('print.title')).toBe('Deine Sicherheitskarte (Token)');
  expect(paper.helpDesk).toEqual(['Service desk', '+32 2 555 01 00']);
  expect(paper.lastDay?.replaceAll('\u00A0', ' ')).toBe('9. Dezember 2026');
  expect(await paperFor(card, 'nl')).not.toHaveProperty('lastDay');
  await admin.close();
});
