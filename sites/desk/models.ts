/** The frame of every page of the desk, and the parts that its files share. */
import type { Context } from 'koa';
import type { DeskRecords } from '../../admin/desk-records.ts';
import type { Services } from '../../admin/services.ts';
import type { Clerk } from '../../admin/use-cases/desk-clerk.ts';
import type { Frame } from '../../interactions/page-layout.ts';
import type { DeskShell } from '../../views/models.ts';
import type { Renderer } from '../../views/render.ts';
import type { SiteParts, SiteVisit } from '../site.ts';

export const deskPath = '/desk';

export interface DeskParts extends Pick<SiteParts, 'relyingParty' | 'sessions' | 'log'> {
  readonly services: Pick<
    Services,
    'people' | 'settings' | 'clock' | 'secretBox' | 'audit' | 'registry' | 'schedules' | 'changeLocks'
  > & {
    readonly records: DeskRecords;
  };
  readonly frame: Frame;
  readonly renderer: Pick<Renderer, 'letter'>;
  /** Zone (IANA name) of the days on pages and letters. */
  readonly zone: string;
}

/** A request of a clerk. */
export interface DeskVisit extends SiteVisit {
  readonly clerk: Clerk;
}

const tabs = ['list', 'register', 'find'] as const;
/** Results of the last action that a page can show. */
const sayings = new Set(['registered', 'letter-made']);

/** @param path of the page below the site; its first part may be one of the tabs */
export function deskShell(
  { frame, zone }: Pick<DeskParts, 'frame' | 'zone'>,
  ctx: Context,
  { clerk, session }: DeskVisit,
  { step, path }: { readonly step: string; readonly path: string },
): DeskShell {
  const done = ctx.query['done'];
  return {
    ...frame.shell(ctx),
    step,
    action: deskPath + path,
    displayName: clerk.displayName,
    desk: clerk.desk,
    formToken: session.formToken,
    tabs: tabs.map((name) => ({ name, href: `${deskPath}/${name}`, current: path === `/${name}` })),
    ...(typeof done === 'string' && sayings.has(done) ? { said: done } : {}),
    zone,
  };
}

/**
 * Sends the browser to a page that shows what was typed, or found: after each button a page has an address of its own,
 * so that reload and back send nothing again (RFC 9110 §15.4.4).
 */
export async function redirectShowing(
  { sessions }: Pick<DeskParts, 'sessions'>,
  ctx: Context,
  { session }: DeskVisit,
  { path, shown }: { readonly path: string; readonly shown: object },
): Promise<void> {
  redirect(ctx, `${path}?shown=${await sessions.keep(session, shown)}`);
}

/** What the page of this address shows; `undefined`: nothing, or no longer. */
export const shownBy = ({ sessions }: Pick<DeskParts, 'sessions'>, ctx: Context, { session }: DeskVisit) =>
  sessions.kept(session, ctx.query['shown']);

/** Of every page that a clerk is sent to after a button. */
export function redirect(ctx: Context, below: string): void {
  ctx.status = 303;
  ctx.redirect(deskPath + below);
}
