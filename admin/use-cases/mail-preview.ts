/**
 * Mails and text messages with example values, as files or sent to the administrator: `rekey mail preview`. Reads no
 * account.
 */
import { mailAddress, maskAddress } from '../../accounts/mail-address.ts';
import { newPendingId } from '../../accounts/pending-id.ts';
import { done, refuse, type Outcome } from '../refusals.ts';
import type { Services } from '../services.ts';
import { whyNot } from './mail-test.ts';
import type { Drawing } from './preview.ts';

export type Renderer = Drawing['renderer'];
export type Kind = Renderer['messages'][number];

export interface WrittenExample {
  readonly language: string;
  /** Absent: a short message. */
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
}

export interface ExampleRequest {
  readonly kind: Kind;
  readonly language: Renderer['languages'][number];
  readonly isPreview?: boolean;
}

/** `dated`: the factors that have dates. */
type Facts = Pick<Services, 'settings' | 'registry' | 'clock'> & {
  readonly zone: string;
  readonly dated: readonly string[];
};

/** As it is typed: `key_going`, and of a factor `email-otp/code`. */
export const nameOf = ({ source, template }: Pick<Kind, 'source' | 'template'>): string =>
  source === 'core' ? template : `${source}/${template}`;

export function writeExample(
  renderer: Renderer,
  facts: Facts,
  { kind, language, isPreview = false }: ExampleRequest,
): WrittenExample {
  const data = examplesFor(facts, kind);
  if (kind.channel === 'sms') return { language, text: renderer.sms(kind.source, kind.template, language, data) };
  return { language, ...renderer.message(kind.source, kind.template, language, data, { isPreview }) };
}

const day = 86_400_000;

/** Examples of no real person; a value that is not here shows its name. */
function examplesFor(
  { settings, registry, clock, zone, dated }: Facts,
  kind: Kind,
): Parameters<Renderer['message']>[3] {
  const factors = Object.keys(settings.factors).filter((id) => settings.factors[id]?.enabled === true);
  const factor = factors.find((id) => dated.includes(id)) ?? factors[0] ?? '';
  const now = clock.now();
  const known = {
    factor: kind.source === 'core' ? factor : (registry.get(kind.source)?.id ?? factor),
    zone,
    at: now,
    until: now + 7 * day,
    sunsetAt: now + 30 * day,
    formerSunsetAt: now + 14 * day,
    service: settings.clients[0]?.id ?? 'service',
    code: '12345678',
    reportCode: '7K2M-0XQ4-93TD-H5VA',
    minutes: 5,
    names: 'an.peeters',
    count: 1,
    username: 'an.peeters',
    newEmail: 'a…@example.org',
    host: new URL(settings.issuer).host,
    link: `${settings.issuer}/activate/example`,
  };
  const written = ['keyName', 'when', 'untilMoment', 'lastDay', 'formerDay', 'zoneName', 'product'];
  const others = kind.values.filter((name) => !Object.hasOwn(known, name) && !written.includes(name));
  return { ...Object.fromEntries(others.map((name) => [name, name])), ...known };
}

/**
 * Sends one, marked as a preview, by the configured server; the audit event has the actor, the mail and the address,
 * and no person.
 */
export async function sendExample(
  services: Pick<Services, 'settings' | 'audit' | 'clock' | 'sendAlone'>,
  {
    kind,
    written: { language, subject = '', text, html },
    to,
    by,
    say,
  }: {
    readonly kind: Kind;
    readonly written: WrittenExample;
    readonly to: string;
    readonly by: string;
    readonly say: (line: string) => void;
  },
): Promise<Outcome<{ readonly to: string }>> {
  const { settings, audit, clock, sendAlone } = services;
  const address = mailAddress(to);
  if (address === undefined) return refuse('mail_address_invalid', 'This is not one plain mail address.');
  if (sendAlone === undefined)
    return refuse('mail_kept', 'There is no mail server: mails stay in the store (`mail.outbox`).');
  if (kind.channel === 'sms') return refuse('template_not_mail', `${nameOf(kind)} is a short message, not a mail.`);
  const id = newPendingId();
  const messageId = `<${id}@${new URL(settings.issuer).hostname}>`;
  const outcome = await sendAlone({ to: address, subject, text, ...(html && { html }), messageId, language }, say);
  const facts = { template: nameOf(kind), language, destination: maskAddress(address), ...outcome };
  await audit.append([{ id, event: { at: clock.now(), actor: by, action: 'mail.previewed', facts } }]);
  return outcome.kind === 'sent' ? done({ to: address }) : refuse('mail_not_taken', whyNot(outcome));
}
