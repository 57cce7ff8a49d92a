/** Judges a deployment's own layout of its mails (`mail.hbs`, `mail-text.hbs`). Called where the configuration is checked. */

/** What would run, be fetched or be sent from within a mail. */
const barred: readonly (readonly [RegExp, string])[] = [
  [
    /<\s*(?:script|iframe|object|embed|form|input|button|link|base|svg|video|audio)\b/i,
    'has an element that no mail may have',
  ],
  [/<[^>]*\son[a-z]+\s*=/i, 'has a script'],
  [/javascript:/i, 'has a script'],
  [/\b(?:src|srcset|background|poster)\s*=/i, 'refers to a picture: a mail of ours asks for nothing from elsewhere'],
  [/url\s*\(|@import/i, 'refers to something from elsewhere in a style'],
  [/http-equiv/i, 'sets a header'],
  [/\{\{\{|\{\{~?&/, 'writes a value without escaping it ({{{ or {{&)'],
  [/\{\{~?#?>/, 'draws another template'],
];

const example = {
  language: 'en',
  subject: 'A subject of the example',
  body: 'First words of the example.\n\nCODE-1234 and https://id.example/x',
  product: 'The product of the example',
  linkHost: 'id.example',
} as const;
const paragraphs = [
  [{ text: 'First words of the example.', strong: false }],
  [
    { text: 'CODE-1234', strong: true },
    { text: 'Follow the link', href: 'https://id.example/x' },
    { text: 'https://id.example/x', address: true },
  ],
];

/**
 * @param draw compiles the template and draws it with these values @returns what is wrong, as the end of a sentence
 */
export function mailLayoutFault(
  name: 'mail' | 'mail-text',
  source: string,
  draw: (values: object) => string,
): string | undefined {
  if (name === 'mail') {
    const found = barred.find(([pattern]) => pattern.test(source));
    if (found) return found[1];
    if (!/<html[^>]*\slang\s*=\s*"\{\{language\}\}"/.test(source))
      return 'does not say the language: lang="{{language}}" of its first element';
  }
  let drawn: string;
  try {
    drawn = draw({
      ...example,
      paragraphs: paragraphs.map((pieces) => pieces.map((piece) => ({ ...blank, ...piece }))),
    });
  } catch (error) {
    return `cannot be drawn: ${(error as Error).message.split('\n')[0] ?? ''}`;
  }
  const words =
    name === 'mail'
      ? ['First words of the example.', 'CODE-1234', 'href="https://id.example/x"', example.product]
      : [example.body, example.product];
  const lost = words.find((word) => !drawn.includes(word));
  return lost === undefined ? undefined : `leaves out words of the mail: in the example “${lost.split('\n')[0] ?? ''}”`;
}

/** Templates ask for what may be absent; a piece always has these. */
const blank = { strong: false, href: undefined, address: undefined };
