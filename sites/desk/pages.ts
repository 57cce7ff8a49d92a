/** The models of the pages of the desk. */
import type { DeskListing } from '../../admin/use-cases/desk-letter.ts';
import type { DeskPerson } from '../../admin/use-cases/person-find.ts';
import { documentKinds } from '../../admin/use-cases/person-register.ts';
import type { DeskFindModel, DeskListModel, DeskPersonModel, DeskShell, DocumentChoice } from '../../views/models.ts';
import { deskPath } from './models.ts';

export const documentChoices = (chosen?: string): readonly DocumentChoice[] =>
  documentKinds.map((id) => ({ id, current: id === chosen }));

/** A birth date as an instant (ms, UTC); `undefined` where it is no whole day. */
export function bornOn(birthdate: string | undefined): number | undefined {
  const instant = birthdate?.length === 10 && !birthdate.startsWith('0000') ? Date.parse(birthdate) : Number.NaN;
  return Number.isNaN(instant) ? undefined : instant;
}

export function listPage(
  shell: DeskShell,
  {
    items,
    hasMore,
    page,
  }: { readonly items: readonly DeskListing[]; readonly hasMore: boolean; readonly page: number },
): DeskListModel {
  return {
    ...shell,
    register: `${deskPath}/register`,
    letters: items.map(({ person, ...item }) => ({
      ...item,
      ...(person === '' ? {} : { href: personHref(person) }),
    })),
    ...(page > 1 ? { newer: listHref(page - 1) } : {}),
    ...(hasMore ? { older: listHref(page + 1) } : {}),
  };
}

const listHref = (page: number): string => `${deskPath}/list?page=${page}`;

export const personHref = (id: string): string => `${deskPath}/person/${id}`;

export const findPage = (
  shell: DeskShell,
  values: DeskFindModel['values'],
  found?: readonly DeskPerson[],
): DeskFindModel => ({
  ...shell,
  values,
  searched: found !== undefined,
  found: (found ?? []).map(({ id, displayName, email, birthdate }) => {
    const born = bornOn(birthdate);
    return {
      href: personHref(id),
      displayName,
      ...(email === undefined ? {} : { email }),
      ...(born === undefined ? {} : { born }),
    };
  }),
});

export function personPage(shell: DeskShell, person: DeskPerson): DeskPersonModel {
  const { displayName, username, email, birthdate, language, activation, isNew } = person;
  const born = bornOn(birthdate);
  const barred = person.isProtected
    ? 'protected'
    : person.disabled
      ? 'disabled'
      : email === undefined
        ? 'email'
        : undefined;
  // A letter that was asked for is on its way: the page no longer says to print it.
  const { said, ...frame } = shell;
  return {
    ...frame,
    ...(said === undefined || (said === 'registered' && activation) ? {} : { said }),
    name: displayName,
    ...(username === undefined ? {} : { username }),
    ...(email === undefined ? {} : { email }),
    ...(born === undefined ? {} : { born }),
    own: language,
    status: activation?.status ?? 'none',
    ...(activation ? { issuedAt: activation.at } : {}),
    ...(barred === undefined ? {} : { barred }),
    again: activation !== undefined,
    expected: activation?.id ?? '',
    ...(isNew ? {} : { documents: documentChoices() }),
  };
}
