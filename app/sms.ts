/** Text messages of a deployment: their sender, and their spending limits. */
import { createKeptMessages, type KeptMessages } from '../adapters/message-store.ts';
import type { MailSender } from '../adapters/mail/port.ts';
import { createHttpRiskCheck } from '../adapters/risk/http/http-risk-check.ts';
import type { SmsSender } from '../adapters/sms/port.ts';
import type { TwilioSettings } from '../adapters/sms/twilio/twilio-sender.ts';
import type { Services } from '../admin/services.ts';
import { createQuotaStore } from '../messages/quota-store.ts';
import { createSmsLimits, type SmsLimits } from '../messages/sms-limits.ts';
import type { AuditEvent, OutgoingMessage } from '../accounts/person.ts';
import type { Renderer } from '../views/render.ts';
import { defined } from '../accounts/defined.ts';

/**
 * The sender of text messages; `undefined` if the deployment has none. Stored messages are next to the stored mails.
 */
export async function openSms(
  { settings, storage, clock }: Pick<Services, 'settings' | 'storage' | 'clock'>,
  mail: MailSender,
): Promise<SmsSender | undefined> {
  const { sms } = settings;
  if (!sms) return undefined;
  if (sms.twilio) {
    const { createTwilioSender } = await import('../adapters/sms/twilio/twilio-sender.ts');
    return createTwilioSender(twilioSettings(sms.twilio));
  }
  const { createOutboxSmsSender } = await import('../adapters/sms/store/store-sender.ts');
  return createOutboxSmsSender({ kept: isKeeping(mail) ? mail : createKeptMessages({ storage, clock }) });
}

/** Asks the gateway for the account, and sends nothing: `undefined` when the account exists, otherwise the problem. */
export async function checkSms({ sms }: Services['settings']): Promise<string | undefined> {
  if (!sms?.twilio) return undefined;
  const { createTwilioSender } = await import('../adapters/sms/twilio/twilio-sender.ts');
  return createTwilioSender(twilioSettings(sms.twilio)).check();
}

type Twilio = Pick<TwilioSettings, 'accountSid' | 'authToken'> & {
  readonly [Name in Exclude<keyof TwilioSettings, 'deadline'>]?: TwilioSettings[Name] | undefined;
};

function twilioSettings({ from, messagingServiceSid, edge, region, baseUrl, ...account }: Twilio): TwilioSettings {
  return {
    ...account,
    ...defined({ from, messagingServiceSid, edge, region, baseUrl }),
  };
}

const isKeeping = (mail: MailSender): mail is MailSender & KeptMessages => 'keep' in mail;

/** Translates a message into the fields of its channel. */
export const writerOf =
  (renderer: Renderer) =>
  ({ channel, source, template, language, data }: OutgoingMessage) =>
    channel === 'sms'
      ? { subject: '', text: renderer.sms(source, template, language, data) }
      : renderer.message(source, template, language, data);

/** The sending and spending limits; `undefined` if the deployment has no text messages. */
export function openSmsLimits(
  { settings, storage, secretBox, clock, log }: Pick<Services, 'settings' | 'storage' | 'secretBox' | 'clock' | 'log'>,
  note: (event: AuditEvent) => void,
): SmsLimits | undefined {
  const { sms } = settings;
  if (!sms) return undefined;
  const { limits, money, riskCheck } = sms;
  return createSmsLimits({
    quotas: createQuotaStore(storage),
    secretBox,
    note,
    alarm: (event, facts) => log.error({ ...facts, event }),
    limits: {
      countries: sms.countries,
      perNumber: { hour: limits.perNumberHour, day: limits.perNumberDay },
      perBlock: { digits: limits.blockDigits, hour: limits.perBlockHour },
      perCountry: { hour: limits.perCountryHour },
      perNetwork: { hour: limits.perNetworkHour },
      money,
    },
    ...(riskCheck && {
      riskCheck: createHttpRiskCheck(
        { ...riskCheck, deadline: riskCheck.timeoutMs },
        { now: () => clock.now(), failed: (cause) => log.warn({ event: 'sms.risk-check-failed', cause }) },
      ),
    }),
  });
}
