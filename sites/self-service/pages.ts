/** The models of the pages of *My digital keys*. */
import type { OwnAccount } from '../../admin/use-cases/own-account.ts';
import type { InfoModel, KeysModel, ProfileModel, SiteShell } from '../../views/models.ts';

export type PageData = SiteShell;

export const keysPage = (data: PageData, { keys, working }: OwnAccount): KeysModel => ({
  ...data,
  keys,
  ...(working === 1 ? { advice: 'single' } : {}),
});

export const profilePage = (data: PageData, { username, email, emailProven, language }: OwnAccount): ProfileModel => ({
  ...data,
  username,
  ...(email === undefined ? {} : { email }),
  emailProven,
  own: data.languages.map(({ code }) => ({ code, current: code === language })),
});

export const infoPage = (data: PageData, { browsers }: OwnAccount, here: ReadonlySet<string>): InfoModel => ({
  ...data,
  browsers: browsers.map(({ id, hash, grantedAt, until }) => ({ id, grantedAt, until, here: here.has(hash) })),
});
