/** Which mails and short messages there are, as the texts of the product and of the factors name them. */
import { CORE, placeholders, type Catalogues } from './i18n.ts';

export interface MessageKind {
  /** `core`, or the id of a factor. */
  readonly source: string;
  readonly template: string;
  readonly channel: 'email' | 'sms';
  /** Names of the values that its texts have a place for, sorted. */
  readonly values: readonly string[];
}

const ofCore = /^(?<prefix>mail|sms)\.(?<template>.+)\.text$/;
const ofFactor = /^(?<prefix>message)\.(?<template>.+)\.text$/;

/**
 * The product's own first, in the order of its texts. @param sources source → its texts in all languages, which agree
 */
export function messageKinds(sources: Readonly<Record<string, Catalogues>>): readonly MessageKind[] {
  const { [CORE]: core, ...factors } = sources;
  return [...(core ? [[CORE, core] as const] : []), ...Object.entries(factors)].flatMap(([source, { en }]) =>
    Object.entries(en).flatMap(([key, text]) => {
      const { prefix, template } = (source === CORE ? ofCore : ofFactor).exec(key)?.groups ?? {};
      if (prefix === undefined || template === undefined) return [];
      const subject = en[`${prefix}.${template}.subject`];
      const values = [...new Set([text, subject ?? ''].flatMap((each) => placeholders(each)))].toSorted();
      const channel: MessageKind['channel'] = subject === undefined ? 'sms' : 'email';
      return [{ source, template, channel, values }];
    }),
  );
}
