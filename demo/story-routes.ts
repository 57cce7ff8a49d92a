/** Starts a step of the story that changes the last day first. Both sites have it: a page posts to its own site alone. */
import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import type { DemoState } from './demo-state.ts';
import type { LastDay } from './last-days.ts';
import { storyPath } from './story.ts';

export interface StoryRoutesParts {
  readonly state: Pick<DemoState, 'story' | 'schedules' | 'addresses'>;
  /** Resolves to a sentence when it was refused. */
  readonly setLastDay: (day: LastDay, factor: string) => Promise<string | undefined>;
}

export function storyRoutes({ state, setLastDay }: StoryRoutesParts): Middleware {
  const router = new Router();
  router.post(storyPath, async (ctx) => {
    const { step } = (ctx.request.body ?? {}) as Readonly<Record<string, unknown>>;
    const start = (await state.story()).find(({ number }) => String(number) === step)?.start;
    const [dated] = await state.schedules();
    if (start === undefined || dated === undefined) {
      ctx.status = 400;
      return;
    }
    const refused = start.sets === undefined ? undefined : await setLastDay(start.sets.day, dated.factor);
    ctx.redirect(refused === undefined ? start.address : `${state.addresses.helperPage}/`);
    ctx.status = 303;
  });
  return router.routes() as unknown as Middleware;
}
