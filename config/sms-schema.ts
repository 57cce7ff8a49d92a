/** Settings of text messages: the gateway, the countries, and the limits of sending and spending. */
import { z } from 'zod';
import { defaults } from './defaults.ts';
import { count, isLoopback, secret, text, webUrl } from './value-types.ts';

const country = () =>
  z
    .string()
    .regex(/^[A-Z]{2}$/)
    .meta({ expects: 'a country, two capital letters (ISO 3166-1)' });

const sid = (letters: string) =>
  z
    .string()
    .regex(new RegExp(`^${letters}[0-9a-fA-F]{32}$`))
    .meta({ expects: `${letters} and 32 hexadecimal digits` });

/** A number, a short code, or a name of up to eleven letters and digits. */
const sender = () =>
  z
    .string()
    .regex(/^(\+[1-9][0-9]{6,14}|[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/)
    .meta({ expects: 'a number with + and country code, a short number, or a name of at most 11 letters and digits' });

const twilio = z
  .strictObject({
    accountSid: sid('AC').describe('The account.'),
    authToken: secret('the account’s token').min(16).describe('Its token.'),
    from: sender().optional().describe('Who the messages are from; or `messagingServiceSid`.'),
    messagingServiceSid: sid('MG').optional().describe('The messaging service that sends them; or `from`.'),
    edge: text('the name of an edge, such as `dublin`').optional().describe('Where Twilio’s network is entered.'),
    region: text('the name of a region, such as `ie1`').optional().describe('Where Twilio works and keeps its data.'),
    baseUrl: webUrl()
      .refine((written) => isLoopback(new URL(written).hostname))
      .meta({ expects: 'an address on this machine' })
      .optional()
      .describe('For tests: another gateway that speaks as Twilio does, on this machine.'),
  })
  .refine(({ from, messagingServiceSid }) => (from === undefined) !== (messagingServiceSid === undefined), {
    error: 'either `from` or `messagingServiceSid`',
  });

const amount = () => z.number().positive().max(1_000_000);

export const smsSchema = z
  .strictObject({
    twilio: twilio.optional().describe('Send by Twilio’s Messages API.'),
    outbox: z
      .literal(true)
      .optional()
      .describe('Send nothing: messages stay in the store, where the demo’s helper page shows them.'),
    countries: z
      .array(country())
      .min(1)
      .describe('Countries whose numbers get messages. Each costs money, and some invite misuse: list what you serve.'),
    limits: z
      .strictObject({
        perNumberHour: count(1, 100)
          .default(defaults.sms.perNumberHour)
          .describe('Messages to one number in an hour, for all people together.'),
        perNumberDay: count(1, 1_000).default(defaults.sms.perNumberDay).describe('The same, in a day.'),
        blockDigits: count(1, 9)
          .default(defaults.sms.blockDigits)
          .describe('How many digits behind the country code make a block of numbers that stand beside each other.'),
        perBlockHour: count(1, 1_000_000)
          .default(defaults.sms.perBlockHour)
          .describe('Messages to one block of numbers in an hour.'),
        perCountryHour: count(1, 1_000_000)
          .default(defaults.sms.perCountryHour)
          .describe('Messages to one country in an hour.'),
        perNetworkHour: count(1, 1_000_000)
          .default(defaults.sms.perNetworkHour)
          .describe('Messages asked for from one network in an hour. More where many people share an address.'),
      })
      .prefault({})
      .describe('Against who makes us send many. How often one person is sent something stands in `limits`.'),
    money: z
      .strictObject({
        perMessage: amount()
          .default(defaults.sms.perMessage)
          .describe('What a message costs, in the currency of your contract.'),
        byCountry: z.record(country(), amount()).default({}).describe('The same by country, where it differs.'),
        hour: amount().default(defaults.sms.moneyHour).describe('Most to be spent in an hour. Then nothing is sent.'),
        day: amount().default(defaults.sms.moneyDay).describe('Most to be spent in a day (UTC).'),
        month: amount().default(defaults.sms.moneyMonth).describe('Most to be spent in a month (UTC).'),
        alarmAt: z
          .number()
          .min(0.1)
          .max(1)
          .default(defaults.sms.alarmAt)
          .describe('From this share of any of the three on, the log and the audit trail say so.'),
      })
      .prefault({})
      .describe('A cap on the cost.'),
    riskCheck: z
      .strictObject({
        url: webUrl()
          .refine((written) => written.startsWith('https:') || isLoopback(new URL(written).hostname))
          .meta({ expects: 'an address, https://…' })
          .describe('Asked by POST before each message; answers `{"decision":"allow"}` or `{"decision":"deny"}`.'),
        key: secret('a secret of 32 characters or more').min(32).describe('Signs the question (HMAC-SHA-256).'),
        timeoutMs: count(50, 800).default(defaults.sms.riskTimeoutMs).describe('How long an answer may take.'),
        onFailure: z
          .enum(['deny', 'allow'])
          .default(defaults.sms.riskOnFailure)
          .describe('What counts where no answer comes.'),
      })
      .optional()
      .describe('A check of your own: was the SIM card changed, the number ported, is it an internet telephone?'),
  })
  .refine((given) => (given.twilio === undefined) !== (given.outbox === undefined), {
    error: 'either `twilio` or `outbox: true`',
  });
