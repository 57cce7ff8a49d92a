/** Mail of a deployment: its sender, and one mail sent by hand with every answer of the server. */
import { isIP } from 'node:net';
import type { Mail, MailOutcome, MailSender } from '../adapters/mail/port.ts';
import type { SmtpSettings } from '../adapters/mail/smtp/smtp-sender.ts';
import type { Settings } from '../config/schema.ts';
import type { Services } from '../admin/services.ts';
import { defined } from '../accounts/defined.ts';

type Smtp = NonNullable<Settings['mail']['smtp']>;

export async function openMail({
  settings,
  storage,
  clock,
}: Pick<Services, 'settings' | 'storage' | 'clock'>): Promise<MailSender> {
  const { smtp } = settings.mail;
  if (smtp === undefined) {
    const { createKeptSender } = await import('../adapters/mail/store/store-sender.ts');
    return createKeptSender({ storage, clock });
  }
  const { createSmtpSender } = await import('../adapters/mail/smtp/smtp-sender.ts');
  return createSmtpSender(smtpSettings(smtp, settings.issuer));
}

/**
 * Sends one mail over its own connection. @param say gets each command and each answer of the connection, without
 * secrets
 */
export async function sendAlone(
  { mail: { smtp }, issuer }: Pick<Settings, 'mail' | 'issuer'>,
  mail: Mail,
  say: (line: string) => void,
): Promise<MailOutcome> {
  if (smtp === undefined) throw new Error('No mail server is configured.');
  const { createSmtpSender } = await import('../adapters/mail/smtp/smtp-sender.ts');
  const sender = createSmtpSender({ ...smtpSettings(smtp, issuer), connections: 1, say });
  try {
    return await sender.send(mail);
  } finally {
    await sender.close();
  }
}

/** Connects and signs in, and sends nothing: `undefined` when the server accepted everything, otherwise the problem. */
export async function checkMail({
  mail: { smtp },
  issuer,
}: Pick<Settings, 'mail' | 'issuer'>): Promise<string | undefined> {
  if (smtp === undefined) return undefined;
  const { createSmtpSender } = await import('../adapters/mail/smtp/smtp-sender.ts');
  const sender = createSmtpSender({ ...smtpSettings(smtp, issuer), connections: 1 });
  try {
    return await sender.check();
  } finally {
    await sender.close();
  }
}

function smtpSettings({ name, user, password, replyTo, ca, ...server }: Smtp, issuer: string): SmtpSettings {
  return {
    ...server,
    name: name ?? greetingName(new URL(issuer).hostname),
    ...defined({ user, password, replyTo, ca }),
  };
}

/**
 * A host name unchanged, an address as a literal (RFC 5321 §4.1.3). @param hostname of a URL, where IPv6 has brackets
 */
export function greetingName(hostname: string): string {
  if (isIP(hostname) === 4) return `[${hostname}]`;
  return hostname.startsWith('[') ? `[IPv6:${hostname.slice(1)}` : hostname;
}
